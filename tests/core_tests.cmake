# SPDX-License-Identifier: Apache-2.0
# Everything without torch and without a window.
find_package(Qt6 6.4 REQUIRED COMPONENTS Gui) # a second opinion on picture files
find_package(JPEG REQUIRED)

pentimento_test(edit/composite_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(edit/edit_plan_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(edit/mask_edit_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(edit/prefill_test.cpp LABELS unit parity LIBS pentimento_core)
pentimento_test(edit/resample_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(image/picture_file_test.cpp LABELS unit LIBS pentimento_core Qt6::Gui)
pentimento_test(image/picture_refusal_test.cpp LABELS unit LIBS pentimento_core Qt6::Gui JPEG::JPEG)
pentimento_test(image/picture_fuzz_test.cpp LABELS fuzz LIBS pentimento_core Qt6::Gui)
pentimento_test(io/model_info_test.cpp LABELS unit fuzz LIBS pentimento_core)
pentimento_test(io/safetensors_test.cpp LABELS unit fuzz LIBS pentimento_core)
pentimento_test(text/clip_tokenizer_test.cpp LABELS unit parity LIBS pentimento_core)
