// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/scheduler.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <functional>
#include <map>
#include <string>

namespace pentimento::testing {

/// A model for schedulers: (sample as the model gets it, index of the call) -> output.
using Model = std::function<at::Tensor(const at::Tensor&, std::size_t)>;

/// The samples after every step from `first` on; `denoised` receives the estimates of the clean sample.
inline std::vector<at::Tensor> runScheduler(Scheduler& scheduler, at::Tensor x, const Model& model, std::uint64_t seed = 11,
                                            std::size_t first = 0, std::vector<at::Tensor>* denoised = nullptr)
{
    at::Generator generator = at::detail::createCPUGenerator(seed);
    std::vector<at::Tensor> samples;
    for (std::size_t i = first; i < scheduler.timesteps().size(); ++i) {
        const SchedulerStep step = scheduler.step(model(scheduler.scaleModelInput(x, i), i), i, x, generator);
        samples.push_back(x = step.sample);
        if (denoised)
            denoised->push_back(step.denoised);
    }
    return samples;
}

/// The synthetic model of the recipe: tanh(x) * cos(t / 200).
inline Model syntheticModel(const Scheduler& scheduler)
{
    return [&scheduler](const at::Tensor& x, std::size_t i) {
        return at::tanh(x) * std::cos(static_cast<float>(scheduler.timesteps()[i]) / 200);
    };
}

inline std::unique_ptr<Scheduler> schedulerOf(const Json& config)
{
    return makeScheduler(parseSchedulerConfig(config, "test"), "model", 0, nullptr);
}

/// The recipe's configurations and others that differ from them in one field or two.
inline std::map<std::string, Json> manyConfigs(const Json& recipe)
{
    std::map<std::string, Json> configs;
    for (const auto& [name, config] : recipe.items())
        configs[name] = config;
    const auto vary = [&](const std::string& name, const char* base,
                          std::initializer_list<std::pair<const char*, Json>> changes) {
        Json config = recipe[base];
        for (const auto& [key, value] : changes)
            config[key] = value;
        configs[name] = config;
    };
    vary("pndm_prk", "pndm", {{"skip_prk_steps", false}});
    vary("pndm_v", "pndm", {{"prediction_type", "v_prediction"}});
    vary("pndm_trailing", "pndm", {{"timestep_spacing", "trailing"}});
    vary("ddim_sample", "ddim", {{"prediction_type", "sample"}});
    vary("ddpm_large", "ddpm", {{"variance_type", "fixed_large"}});
    vary("ddpm_zsnr_v", "ddpm",
         {{"prediction_type", "v_prediction"}, {"rescale_betas_zero_snr", true}, {"timestep_spacing", "trailing"}});
    vary("euler_exponential", "euler", {{"use_exponential_sigmas", true}});
    vary("euler_beta", "euler", {{"use_beta_sigmas", true}});
    vary("euler_sample", "euler", {{"prediction_type", "sample"}});
    vary("euler_zsnr_v", "euler_v", {{"rescale_betas_zero_snr", true}, {"timestep_spacing", "trailing"}});
    vary("euler_continuous_v", "euler_v", {{"timestep_type", "continuous"}, {"sigma_max", 50.0}, {"use_karras_sigmas", true}});
    vary("euler_ancestral_v", "euler_ancestral", {{"prediction_type", "v_prediction"}});
    vary("heun_karras", "heun", {{"use_karras_sigmas", true}});
    vary("heun_v", "heun", {{"prediction_type", "v_prediction"}, {"timestep_spacing", "trailing"}});
    vary("dpmpp_1", "dpmpp_2m", {{"solver_order", 1}});
    vary("dpmpp_2m_heun", "dpmpp_2m", {{"solver_type", "heun"}});
    vary("dpmpp_3m", "dpmpp_2m", {{"solver_order", 3}});
    vary("dpmpp_3m_lu", "dpmpp_2m", {{"solver_order", 3}, {"use_lu_lambdas", true}});
    vary("dpmpp_2m_exponential", "dpmpp_2m", {{"use_exponential_sigmas", true}});
    vary("dpmpp_2m_beta", "dpmpp_2m", {{"use_beta_sigmas", true}});
    vary("dpmpp_2m_leading", "dpmpp_2m", {{"timestep_spacing", "leading"}, {"final_sigmas_type", "sigma_min"}});
    vary("dpmpp_2m_zsnr_v", "dpmpp_2m_v", {{"rescale_betas_zero_snr", true}, {"timestep_spacing", "trailing"}});
    vary("dpmpp_2m_cosine", "dpmpp_2m", {{"beta_schedule", "squaredcos_cap_v2"}, {"lambda_min_clipped", -5.1}});
    vary("heun_exp", "heun", {{"beta_schedule", "exp"}, {"use_karras_sigmas", true}});
    vary("dpm_2m", "dpmpp_2m", {{"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}});
    vary("dpm_3m", "dpmpp_2m", {{"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}, {"solver_order", 3}});
    vary("dpm_2m_sde", "dpmpp_2m", {{"algorithm_type", "sde-dpmsolver"}, {"final_sigmas_type", "sigma_min"}});
    vary("dpmpp_2m_sde_heun", "dpmpp_2m_sde_karras", {{"solver_type", "heun"}});
    vary("unipc_1", "unipc", {{"solver_order", 1}});
    vary("unipc_3", "unipc", {{"solver_order", 3}});
    vary("unipc_bh1", "unipc", {{"solver_type", "bh1"}});
    vary("unipc_epsilon", "unipc", {{"predict_x0", false}});
    vary("unipc_karras", "unipc", {{"use_karras_sigmas", true}, {"final_sigmas_type", "sigma_min"}});
    vary("unipc_uncorrected", "unipc", {{"disable_corrector", Json::array({0, 1, 2})}, {"lower_order_final", false}});
    vary("unipc_zsnr_v", "unipc",
         {{"prediction_type", "v_prediction"}, {"rescale_betas_zero_snr", true}, {"timestep_spacing", "trailing"}});
    vary("lms", "heun", {{"_class_name", "LMSDiscreteScheduler"}});
    vary("lms_karras_v", "heun",
         {{"_class_name", "LMSDiscreteScheduler"}, {"use_karras_sigmas", true}, {"prediction_type", "v_prediction"}});
    vary("kdpm2", "heun", {{"_class_name", "KDPM2DiscreteScheduler"}});
    vary("kdpm2_karras_v", "heun",
         {{"_class_name", "KDPM2DiscreteScheduler"}, {"use_karras_sigmas", true}, {"prediction_type", "v_prediction"}});
    vary("kdpm2_ancestral", "heun", {{"_class_name", "KDPM2AncestralDiscreteScheduler"}});
    for (const int order : {1, 2, 3}) {
        const std::string suffix = "_" + std::to_string(order);
        vary("deis" + suffix, "dpmpp_2m",
             {{"_class_name", "DEISMultistepScheduler"},
              {"algorithm_type", "deis"},
              {"final_sigmas_type", "sigma_min"},
              {"solver_order", order}});
        vary("singlestep" + suffix, "dpmpp_2m", {{"_class_name", "DPMSolverSinglestepScheduler"}, {"solver_order", order}});
        vary("singlestep_heun" + suffix, "dpmpp_2m",
             {{"_class_name", "DPMSolverSinglestepScheduler"}, {"solver_order", order}, {"solver_type", "heun"}});
    }
    vary("deis_karras", "dpmpp_2m_karras", {{"_class_name", "DEISMultistepScheduler"}, {"final_sigmas_type", "sigma_min"}});
    vary("singlestep_sde", "dpmpp_2m_sde_karras", {{"_class_name", "DPMSolverSinglestepScheduler"}});
    vary("singlestep_noise", "dpmpp_2m",
         {{"_class_name", "DPMSolverSinglestepScheduler"}, {"algorithm_type", "dpmsolver"}, {"final_sigmas_type", "sigma_min"}});
    vary("lcm_v", "lcm", {{"prediction_type", "v_prediction"}});
    return configs;
}

} // namespace pentimento::testing
