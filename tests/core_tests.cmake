# SPDX-License-Identifier: Apache-2.0
# Everything without torch and without a window.
find_package(Qt6 6.4 REQUIRED COMPONENTS Gui Network) # a second opinion on picture files; raw sockets
find_package(JPEG REQUIRED)

# The scripted engine is linked into tests only.
add_library(pentimento_fake_engine STATIC ${CMAKE_SOURCE_DIR}/inference/engine/fake_engine.cpp)
target_link_libraries(pentimento_fake_engine PUBLIC pentimento_core)

pentimento_test(arch/tst_architecture.cpp LABELS unit)
pentimento_test(inference/core/tst_sha256.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_canny.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_composite.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_edit_plan.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_grain_match.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_line_drawing.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_mask_edit.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_color_match.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/edit/tst_prefill.cpp LABELS unit parity LIBS pentimento_core)
pentimento_test(inference/edit/tst_resample.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/image/tst_picture_file.cpp LABELS unit LIBS pentimento_core Qt6::Gui)
pentimento_test(inference/image/tst_picture_refusal.cpp LABELS unit LIBS pentimento_core Qt6::Gui JPEG::JPEG)
pentimento_test(inference/image/tst_picture_fuzz.cpp LABELS fuzz LIBS pentimento_core Qt6::Gui)
pentimento_test(inference/io/tst_control_net.cpp LABELS unit fuzz LIBS pentimento_core)
pentimento_test(inference/io/tst_embedding_file.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/io/tst_lora_file.cpp LABELS unit fuzz LIBS pentimento_core)
pentimento_test(inference/io/tst_model_info.cpp LABELS unit fuzz LIBS pentimento_core)
pentimento_test(inference/io/tst_safetensors.cpp LABELS unit fuzz LIBS pentimento_core)
pentimento_test(inference/io/tst_single_file.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/io/tst_file_kind.cpp LABELS unit fuzz LIBS pentimento_core)
pentimento_test(inference/io/tst_model_import.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/io/tst_non_finite.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/io/tst_number_formats.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/jobs/tst_batch_runner.cpp LABELS unit LIBS pentimento_core pentimento_fake_engine Qt6::Gui)
pentimento_test(inference/jobs/tst_job_writer.cpp LABELS unit LIBS pentimento_core Qt6::Gui)
pentimento_test(inference/jobs/tst_job_request.cpp LABELS unit LIBS pentimento_core Qt6::Gui)
pentimento_test(inference/text/tst_clip_tokenizer.cpp LABELS unit parity LIBS pentimento_core)
pentimento_test(inference/text/tst_prompt_weights.cpp LABELS unit LIBS pentimento_core)
pentimento_test(inference/text/tst_lora_tags.cpp LABELS unit LIBS pentimento_core)

# The server on the scripted engine.
foreach(subject access http_server job_store)
    pentimento_test(app/server/tst_${subject}.cpp LABELS unit LIBS pentimento_server pentimento_fake_engine Qt6::Gui)
endforeach()
pentimento_test(app/server/tst_server_load.cpp LABELS fuzz LIBS pentimento_server pentimento_fake_engine Qt6::Gui Qt6::Network)
pentimento_test(app/remote/tst_remote_engine.cpp LABELS unit
    LIBS pentimento_remote pentimento_server pentimento_fake_engine Qt6::Gui Qt6::Network)
