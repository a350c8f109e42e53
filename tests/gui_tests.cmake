# SPDX-License-Identifier: Apache-2.0
# Tests of the Qt side. The scripted engine is linked into tests only.
add_library(pentimento_fake_engine STATIC ${CMAKE_SOURCE_DIR}/inference/engine/fake_engine.cpp)
target_link_libraries(pentimento_fake_engine PUBLIC pentimento_core)

pentimento_test(widgets/tst_document.cpp LABELS unit LIBS pentimento_widgets)
pentimento_test(widgets/tst_brush.cpp LABELS unit LIBS pentimento_widgets)
pentimento_test(widgets/tst_canvas.cpp LABELS gui LIBS pentimento_widgets)

pentimento_test(app/tst_image_convert.cpp LABELS unit LIBS pentimento_bridge)
pentimento_test(app/tst_inference_service.cpp LABELS unit LIBS pentimento_bridge pentimento_fake_engine)
pentimento_test(app/tst_candidates.cpp LABELS unit LIBS pentimento_window)
pentimento_test(app/tst_window.cpp LABELS gui LIBS pentimento_window pentimento_fake_engine TIMEOUT 240)
