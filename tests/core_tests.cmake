# SPDX-License-Identifier: Apache-2.0
# Everything without torch and without a window.
pentimento_test(text/clip_tokenizer_test.cpp LABELS unit parity LIBS pentimento_core)
