# SPDX-License-Identifier: Apache-2.0
# Everything that needs libtorch. Sources build once as objects, shared by the module and the tests.
find_package(Torch REQUIRED)
find_package(hwy REQUIRED)
find_package(OpenMP REQUIRED COMPONENTS CXX)

add_library(pentimento_torch_objects OBJECT
    engine/bench.cpp
    engine/buffer_pool.cpp
    engine/control_inputs.cpp
    engine/control_nets.cpp
    engine/edit_run.cpp
    engine/family_text.cpp
    engine/lora_delta.cpp
    engine/lora_source.cpp
    engine/picture_run.cpp
    engine/preview_decoder.cpp
    engine/prompt_embeddings.cpp
    engine/prompt_tokens.cpp
    engine/run_reporter.cpp
    engine/run_settings.cpp
    engine/tensor_planes.cpp
    engine/variant_run.cpp
    engine/threads.cpp
    engine/torch_engine.cpp
    engine/model_loader.cpp
    engine/model_verify.cpp
    engine/weight_tensor.cpp
    kernels/attention_kernel.cpp
    kernels/matrix_kernel.cpp
    kernels/pointwise_kernel.cpp
    kernels/winograd_kernel.cpp
    models/attention.cpp
    models/autoencoder_kl.cpp
    models/autoencoder_tiny.cpp
    models/clip_text_model.cpp
    models/controlnet_model.cpp
    models/layers.cpp
    models/resnet.cpp
    models/unet_2d_condition_config.cpp
    models/unet_2d_condition_model.cpp
    models/unet_encoder.cpp
    pipelines/control_guidance.cpp
    pipelines/diffusion_pipeline.cpp
    pipelines/latent_preview.cpp
    pipelines/text_conditioning.cpp
    schedulers/beta_quantile.cpp
    schedulers/ddim_scheduler.cpp
    schedulers/ddpm_scheduler.cpp
    schedulers/deis_multistep_scheduler.cpp
    schedulers/dpm_solver_multistep_scheduler.cpp
    schedulers/dpm_solver_singlestep_scheduler.cpp
    schedulers/dpm_solver_step.cpp
    schedulers/euler_discrete_scheduler.cpp
    schedulers/heun_discrete_scheduler.cpp
    schedulers/k_dpm_2_discrete_scheduler.cpp
    schedulers/lcm_scheduler.cpp
    schedulers/lms_discrete_scheduler.cpp
    schedulers/noise_schedule.cpp
    schedulers/pndm_scheduler.cpp
    schedulers/sample_math.cpp
    schedulers/scheduler_bases.cpp
    schedulers/scheduler_config.cpp
    schedulers/scheduler_factory.cpp
    schedulers/sigma_schedule.cpp
    schedulers/unipc_multistep_scheduler.cpp
)
target_precompile_headers(pentimento_torch_objects PRIVATE <ATen/ATen.h> <nlohmann/json.hpp>)
target_include_directories(pentimento_torch_objects SYSTEM PUBLIC ${TORCH_INCLUDE_DIRS})
target_link_libraries(pentimento_torch_objects PUBLIC pentimento_core torch_cpu c10 hwy::hwy OpenMP::OpenMP_CXX)

add_library(pentimento_torch MODULE engine/module.cpp)
set_target_properties(pentimento_torch PROPERTIES PREFIX "")
target_link_libraries(pentimento_torch PRIVATE pentimento_torch_objects)
install(TARGETS pentimento_torch LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/pentimento)
