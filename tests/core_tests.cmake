# SPDX-License-Identifier: Apache-2.0
# Everything without torch and without a window.
pentimento_test(edit/composite_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(edit/edit_plan_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(edit/mask_edit_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(edit/prefill_test.cpp LABELS unit parity LIBS pentimento_core)
pentimento_test(edit/resample_test.cpp LABELS unit LIBS pentimento_core)
pentimento_test(text/clip_tokenizer_test.cpp LABELS unit parity LIBS pentimento_core)
