// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/noise_schedule.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {
namespace {

/// DDPM (Ho et al. 2020): the posterior of formula 7 and noise of its variance.
class DDPMScheduler : public AlphaScheduler {
public:
    explicit DDPMScheduler(SchedulerConfig config) : AlphaScheduler(std::move(config)) {}

    void setTimesteps(int steps) override { m_timesteps = spacedTimesteps(m_config, steps); }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        const double t = m_timesteps[index], next = index + 1 < m_timesteps.size() ? m_timesteps[index + 1] : -1;
        const double before = alpha(t), after = alpha(next);
        const double ratio = before / after; // alpha of this step alone
        const at::Tensor clean =
            limited(m_config, estimate(m_config.predictionType, modelOutput, sample, levelOfAlpha(before)).clean);
        at::Tensor result =
            std::sqrt(after) * (1 - ratio) / (1 - before) * clean + std::sqrt(ratio) * (1 - after) / (1 - before) * sample;
        if (t > 0) {
            const double small = std::max((1 - after) / (1 - before) * (1 - ratio), 1e-20);
            const double variance = m_config.varianceType == "fixed_large" ? 1 - ratio : small;
            result = result + std::sqrt(variance) * noiseLike(sample, generator);
        }
        return {result, clean};
    }
};

} // namespace

std::unique_ptr<Scheduler> makeDDPM(SchedulerConfig config)
{
    config.setAlphaToOne = true;
    const std::string& variance = config.varianceType;
    // fixed_large_log is not a number in diffusers, and the learned ones need a UNet that predicts them.
    if (!variance.empty() && variance != "fixed_small" && variance != "fixed_small_log" && variance != "fixed_large")
        refuseField(config, "variance_type", "is \"" + variance + "\", which is not known here");
    return std::make_unique<DDPMScheduler>(std::move(config));
}

} // namespace pentimento
