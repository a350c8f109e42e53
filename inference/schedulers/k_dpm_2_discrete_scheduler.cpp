// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/noise_schedule.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {
namespace {

/// DPM-Solver-2 of Karras et al. 2022 (k-diffusion's sample_dpm_2): a step with the slope in its middle, which is the geometric
/// mean of its ends' sigmas. `ancestral` steps further down and draws the rest anew. Calls with an even index begin a
/// step; a last step to no noise is Euler's.
class KDPM2DiscreteScheduler : public EulerFamilyScheduler {
public:
    KDPM2DiscreteScheduler(SchedulerConfig config, bool ancestral)
        : EulerFamilyScheduler(std::move(config)), m_ancestral(ancestral)
    {
    }

    int order() const override { return 2; }

    // The middles stand between the steps, so that scaling and noise are right for them too.
    void setTimesteps(int steps) override
    {
        const SigmaSchedule whole = eulerSchedule(m_config, steps);
        const std::vector<double> training = trainingSigmas(m_config);
        m_schedule = {};
        for (std::size_t i = 0; i < whole.timesteps.size(); ++i) {
            const bool rounds = m_config.sigmaSpacing == SigmaSpacing::Karras;
            m_schedule.timesteps.push_back(rounds ? std::nearbyint(whole.timesteps[i]) : whole.timesteps[i]);
            m_schedule.sigmas.push_back(whole.sigmas[i]);
            if (i + 1 == whole.timesteps.size())
                break;
            const double down = split(whole.sigmas[i], whole.sigmas[i + 1]).down;
            const double middle = static_cast<float>(std::sqrt(whole.sigmas[i] * down));
            m_schedule.timesteps.push_back(timestepOfSigma(middle, training));
            m_schedule.sigmas.push_back(middle);
        }
        m_schedule.sigmas.push_back(0);
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        const double sigma = m_schedule.sigmas[index];
        const at::Tensor clean = denoised(modelOutput, sample, sigma);
        const at::Tensor slope = (sample - clean) / sigma;
        const at::Tensor noise = m_ancestral ? noiseLike(sample, generator) : at::Tensor(); // drawn at every call, as diffusers
        if (index % 2 == 0) {
            m_start = sample;
            return {sample + (m_schedule.sigmas[index + 1] - sigma) * slope, clean};
        }
        const Split end = split(m_schedule.sigmas[index - 1], m_schedule.sigmas[index + 1]);
        const at::Tensor next = m_start + (end.down - m_schedule.sigmas[index - 1]) * slope;
        return {m_ancestral ? next + end.up * noise : next, clean};
    }

private:
    struct Split {
        double down, up; ///< down^2 + up^2 = next^2
    };
    Split split(double sigma, double next) const
    {
        const double up = m_ancestral ? std::sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma)) : 0;
        return {std::sqrt(next * next - up * up), up};
    }

    const bool m_ancestral;
    at::Tensor m_start;
};

std::unique_ptr<Scheduler> makeKDPM2(SchedulerConfig config, bool ancestral)
{
    if (config.predictionType == PredictionType::Sample)
        refuseField(config, "prediction_type", "is \"sample\", which this class does not know");
    return std::make_unique<KDPM2DiscreteScheduler>(std::move(config), ancestral);
}

} // namespace

std::unique_ptr<Scheduler> makeKDPM2Discrete(SchedulerConfig config)
{
    return makeKDPM2(std::move(config), false);
}

std::unique_ptr<Scheduler> makeKDPM2AncestralDiscrete(SchedulerConfig config)
{
    return makeKDPM2(std::move(config), true);
}

} // namespace pentimento
