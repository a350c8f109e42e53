# SPDX-License-Identifier: Apache-2.0
# Tests of the Qt side.
pentimento_test(widgets/tst_document.cpp LABELS unit LIBS pentimento_widgets)
pentimento_test(widgets/tst_background.cpp LABELS unit LIBS pentimento_widgets)
pentimento_test(widgets/tst_brush.cpp LABELS unit LIBS pentimento_widgets)
pentimento_test(widgets/tst_canvas.cpp LABELS gui LIBS pentimento_widgets)
pentimento_test(widgets/tst_control_list.cpp LABELS gui LIBS pentimento_widgets)

pentimento_test(app/tst_image_convert.cpp LABELS unit LIBS pentimento_bridge)
pentimento_test(app/tst_inference_service.cpp LABELS unit LIBS pentimento_bridge pentimento_fake_engine)
pentimento_test(app/tst_candidates.cpp LABELS unit LIBS pentimento_window)
pentimento_test(app/tst_window_server.cpp LABELS gui LIBS pentimento_window pentimento_server pentimento_fake_engine)
pentimento_test(app/tst_models_dialog.cpp LABELS gui LIBS pentimento_window pentimento_fake_engine)
foreach(subject candidates controls files jobs models panels task_bar)
    pentimento_test(app/tst_window_${subject}.cpp LABELS gui LIBS pentimento_window pentimento_fake_engine)
endforeach()

# Not a test: prints its rows.
add_executable(bench_window bench/bench_window.cpp)
target_link_libraries(bench_window PRIVATE pentimento_window pentimento_fake_engine Qt6::Test)
set_target_properties(bench_window PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

# With the real engine, on whatever screen there is: the test script gives it a real one.
pentimento_test(e2e/tst_end_to_end.cpp LABELS e2e LIBS pentimento_window TIMEOUT 300)
add_dependencies(tst_end_to_end pentimento)
get_test_property(tst_end_to_end ENVIRONMENT e2e_environment)
list(REMOVE_ITEM e2e_environment "QT_QPA_PLATFORM=offscreen")
list(APPEND e2e_environment "PENTIMENTO_MODULE=${CMAKE_BINARY_DIR}/lib/pentimento/pentimento_torch.so")
set_tests_properties(tst_end_to_end PROPERTIES ENVIRONMENT "${e2e_environment}")
