// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/noise_schedule.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// Latent consistency models (Luo et al. 2023): each step jumps to the clean sample and adds noise again.
class LCMScheduler : public AlphaScheduler {
public:
    explicit LCMScheduler(SchedulerConfig config) : AlphaScheduler(std::move(config)) {}

    // Evenly chosen from the steps that the model was distilled on.
    void setTimesteps(int steps) override
    {
        const int original = m_config.originalInferenceSteps;
        checkSteps(steps, original);
        const int stride = m_config.numTrainTimesteps / original;
        m_timesteps.clear();
        for (int i = 0; i < steps; ++i)
            m_timesteps.push_back(
                (original - static_cast<int>(std::floor(i * (static_cast<double>(original) / steps)))) * stride - 1);
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        const double t = m_timesteps[index];
        const at::Tensor clean = limited(m_config, estimate(m_config.predictionType, modelOutput, sample, level(t)).clean);
        constexpr double sigmaData = 0.5;
        const double scaled = t * m_config.timestepScaling, size = scaled * scaled + sigmaData * sigmaData;
        const at::Tensor denoised = scaled / std::sqrt(size) * clean + sigmaData * sigmaData / size * sample;
        if (index + 1 == m_timesteps.size())
            return {denoised, denoised};
        return {noisy(denoised, noiseLike(sample, generator), level(m_timesteps[index + 1])), denoised};
    }
};

} // namespace

std::unique_ptr<Scheduler> makeLCM(SchedulerConfig config)
{
    if (config.originalInferenceSteps > config.numTrainTimesteps)
        refuseField(config, "original_inference_steps", "is larger than num_train_timesteps");
    return std::make_unique<LCMScheduler>(std::move(config));
}

} // namespace pentimento
