# SPDX-License-Identifier: Apache-2.0
# The torch module's objects are linked in, so that tests reach what the module hides.
foreach(test engine/tst_control_nets engine/tst_lora_delta engine/tst_lora_source engine/tst_model_loader
        engine/tst_model_verify engine/tst_prompt_embeddings models/tst_layers models/tst_models
        pipelines/tst_controlnet_pipeline pipelines/tst_inpaint_pipeline pipelines/tst_pipeline_schedulers
        schedulers/tst_ddim_scheduler schedulers/tst_scheduler_config schedulers/tst_scheduler_golden
        schedulers/tst_scheduler_properties)
    pentimento_test(inference/${test}.cpp LABELS parity LIBS pentimento_torch_objects)
    get_filename_component(name ${test} NAME)
    target_precompile_headers(${name} REUSE_FROM pentimento_torch_objects)
endforeach()

pentimento_test(parity/tst_other_runs.cpp LABELS parity LIBS pentimento_torch_objects)
target_precompile_headers(tst_other_runs REUSE_FROM pentimento_torch_objects)

# Not a test: takes minutes and 12 GB of memory.
add_executable(parity_full_size parity/full_size.cpp)
target_link_libraries(parity_full_size PRIVATE pentimento_torch_objects Qt6::Core)
target_precompile_headers(parity_full_size REUSE_FROM pentimento_torch_objects)
target_compile_definitions(parity_full_size PRIVATE PENTIMENTO_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
set_target_properties(parity_full_size PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)

# These run the real program.
foreach(name tst_command_line tst_bad_input tst_damaged_model)
    pentimento_test(app/cli/${name}.cpp LABELS e2e LIBS pentimento_options Qt6::Gui TIMEOUT 900)
    add_dependencies(${name} pentimento)
endforeach()
pentimento_test(app/cli/tst_control_options.cpp LABELS e2e LIBS pentimento_core Qt6::Gui TIMEOUT 300)
add_dependencies(tst_control_options pentimento)
pentimento_test(app/cli/tst_jobs.cpp LABELS e2e LIBS pentimento_options Qt6::Gui PkgConfig::HTTPLIB TIMEOUT 900)
add_dependencies(tst_jobs pentimento)

# Not a test: prints its rows.
add_executable(bench_server bench/bench_server.cpp)
target_link_libraries(bench_server PRIVATE pentimento_server)
target_compile_definitions(bench_server PRIVATE PENTIMENTO_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
set_target_properties(bench_server PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
