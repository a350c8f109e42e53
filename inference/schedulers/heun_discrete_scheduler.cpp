// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace {

/// Heun's method (Karras et al. 2022, algorithm 1): an Euler step, then the same step with the mean of both ends' slopes. All
/// timesteps but the first are there twice; calls with an even index begin a step.
class HeunDiscreteScheduler : public EulerFamilyScheduler {
public:
    explicit HeunDiscreteScheduler(SchedulerConfig config) : EulerFamilyScheduler(std::move(config)) {}

    int order() const override { return 2; }

    void setTimesteps(int steps) override
    {
        const SigmaSchedule single = eulerSchedule(m_config, steps);
        m_schedule = {{single.timesteps.front()}, {single.sigmas.front()}};
        for (std::size_t i = 1; i < single.timesteps.size(); ++i) {
            m_schedule.timesteps.insert(m_schedule.timesteps.end(), 2, single.timesteps[i]);
            m_schedule.sigmas.insert(m_schedule.sigmas.end(), 2, single.sigmas[i]);
        }
        m_schedule.sigmas.push_back(single.sigmas.back());
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample, at::Generator&) override
    {
        const double sigma = m_schedule.sigmas[index];
        const at::Tensor clean = limited(m_config, denoised(modelOutput, sample, sigma));
        const at::Tensor slope = (sample - clean) / sigma;
        if (index % 2 == 0) {
            m_start = sample;
            m_slope = slope;
            return {sample + (m_schedule.sigmas[index + 1] - sigma) * slope, clean};
        }
        return {m_start + (sigma - m_schedule.sigmas[index - 1]) * (m_slope + slope) / 2, clean};
    }

private:
    at::Tensor m_start, m_slope;
};

} // namespace

std::unique_ptr<Scheduler> makeHeunDiscrete(SchedulerConfig config)
{
    config.thresholding = false; // a field of other classes
    return std::make_unique<HeunDiscreteScheduler>(std::move(config));
}

} // namespace pentimento
