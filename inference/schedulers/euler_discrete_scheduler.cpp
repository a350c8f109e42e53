// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {
namespace {

/// Euler's method on the probability flow (Karras et al. 2022, algorithm 2 without churn).
class EulerDiscreteScheduler : public EulerFamilyScheduler {
public:
    explicit EulerDiscreteScheduler(SchedulerConfig config) : EulerFamilyScheduler(std::move(config)) {}

    void setTimesteps(int steps) override
    {
        m_schedule = eulerSchedule(m_config, steps);
        if (m_config.timestepType != "continuous" || m_config.predictionType != PredictionType::VPrediction)
            return;
        // The time of EDM's preconditioning, for models trained on it.
        m_schedule.timesteps.clear();
        for (std::size_t i = 0; i + 1 < m_schedule.sigmas.size(); ++i)
            m_schedule.timesteps.push_back(static_cast<float>(0.25 * std::log(m_schedule.sigmas[i])));
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample, at::Generator&) override
    {
        const double sigma = m_schedule.sigmas[index], next = m_schedule.sigmas[index + 1];
        const at::Tensor clean = denoised(modelOutput, sample, sigma);
        return {sample + (next - sigma) / sigma * (sample - clean), clean};
    }
};

/// Euler's method towards less noise than asked for, the rest being drawn anew (k-diffusion's sample_euler_ancestral).
class EulerAncestralDiscreteScheduler : public EulerFamilyScheduler {
public:
    explicit EulerAncestralDiscreteScheduler(SchedulerConfig config) : EulerFamilyScheduler(std::move(config)) {}

    void setTimesteps(int steps) override { m_schedule = eulerSchedule(m_config, steps); }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        const double sigma = m_schedule.sigmas[index], next = m_schedule.sigmas[index + 1];
        const double up = std::sqrt(next * next * (sigma * sigma - next * next) / (sigma * sigma));
        const double down = std::sqrt(next * next - up * up);
        const at::Tensor clean = denoised(modelOutput, sample, sigma);
        const at::Tensor stepped = sample + (down - sigma) / sigma * (sample - clean);
        return {stepped + up * noiseLike(sample, generator), clean};
    }
};

} // namespace

std::unique_ptr<Scheduler> makeEulerDiscrete(SchedulerConfig config)
{
    if (config.interpolationType != "linear" && config.interpolationType != "log_linear")
        refuseField(config, "interpolation_type", "is \"" + config.interpolationType + "\", which is not known here");
    if (config.timestepType != "discrete" && config.timestepType != "continuous")
        refuseField(config, "timestep_type", "is \"" + config.timestepType + "\", which is not known here");
    return std::make_unique<EulerDiscreteScheduler>(std::move(config));
}

std::unique_ptr<Scheduler> makeEulerAncestralDiscrete(SchedulerConfig config)
{
    if (config.predictionType == PredictionType::Sample)
        refuseField(config, "prediction_type", "is \"sample\", which this class does not know");
    config.sigmaSpacing = SigmaSpacing::OfTimesteps; // a field of other classes
    return std::make_unique<EulerAncestralDiscreteScheduler>(std::move(config));
}

} // namespace pentimento
