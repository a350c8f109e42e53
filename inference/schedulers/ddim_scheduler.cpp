// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/noise_schedule.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {
namespace {

/// DDIM (Song et al. 2021). eta 0 is deterministic, 1 is DDPM-like.
class DDIMScheduler : public AlphaScheduler {
public:
    DDIMScheduler(SchedulerConfig config, double eta) : AlphaScheduler(std::move(config)), m_eta(eta) {}

    void setTimesteps(int steps) override
    {
        m_timesteps = spacedTimesteps(m_config, steps);
        m_stride = m_config.numTrainTimesteps / steps;
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        const double t = m_timesteps[index];
        const double before = alpha(t), after = alpha(t - m_stride); // whatever the spacing, as diffusers
        const Estimate found = estimate(m_config.predictionType, modelOutput, sample, levelOfAlpha(before));
        const at::Tensor clean = limited(m_config, found.clean);
        const double variance = (1 - after) / (1 - before) * (1 - before / after);
        const double deviation = m_eta * std::sqrt(std::max(variance, 0.0));
        const double direction = std::sqrt(std::max(1 - after - deviation * deviation, 0.0));
        at::Tensor next = std::sqrt(after) * clean + direction * found.epsilon;
        if (m_eta > 0)
            next = next + deviation * noiseLike(sample, generator);
        return {next, clean};
    }

private:
    double m_eta;
    int m_stride = 0;
};

} // namespace

std::unique_ptr<Scheduler> makeDDIM(SchedulerConfig config, double eta)
{
    return std::make_unique<DDIMScheduler>(std::move(config), eta);
}

} // namespace pentimento
