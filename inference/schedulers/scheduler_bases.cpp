// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/scheduler_bases.h"

#include "inference/api/error.h"
#include "inference/schedulers/noise_schedule.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {

const std::vector<double>& Scheduler::sigmas() const
{
    static const std::vector<double> none;
    return none;
}

void remember(std::vector<at::Tensor>& history, at::Tensor value, int most)
{
    history.insert(history.begin(), std::move(value));
    if (history.size() > static_cast<std::size_t>(most))
        history.pop_back();
}

AlphaScheduler::AlphaScheduler(SchedulerConfig config) : m_config(std::move(config)), m_alphas(alphasCumprod(m_config))
{
    if (m_config.rescaleBetasZeroSnr && m_config.predictionType == PredictionType::Epsilon)
        throw Exception(ErrorCode::Unsupported, "a noise-predicting model cannot start from zero signal",
                        "rescale_betas_zero_snr", "switch the option off in scheduler_config.json");
}

double AlphaScheduler::alpha(double timestep) const
{
    if (timestep < 0)
        return m_config.setAlphaToOne ? 1.0 : m_alphas.front();
    return m_alphas[static_cast<std::size_t>(timestep)];
}

at::Tensor AlphaScheduler::addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const
{
    return noisy(clean, noise, level(m_timesteps[index]));
}

SigmaScheduler::SigmaScheduler(SchedulerConfig config) : m_config(std::move(config))
{
    if (m_config.flowSigmas)
        refuseField(m_config, "use_flow_sigmas", "is for flow-matching models, which are not known here");
}

double EulerFamilyScheduler::initNoiseSigma() const
{
    const double largest = *std::max_element(m_schedule.sigmas.begin(), m_schedule.sigmas.end());
    return m_config.timestepSpacing == TimestepSpacing::Leading ? std::sqrt(largest * largest + 1) : largest;
}

at::Tensor EulerFamilyScheduler::scaleModelInput(const at::Tensor& sample, std::size_t index) const
{
    return sample * levelOfSigma(m_schedule.sigmas[index]).signal;
}

at::Tensor EulerFamilyScheduler::addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const
{
    return clean + m_schedule.sigmas[index] * noise;
}

at::Tensor EulerFamilyScheduler::denoised(const at::Tensor& modelOutput, const at::Tensor& sample, double sigma) const
{
    const NoiseLevel level = levelOfSigma(sigma);
    return estimate(m_config.predictionType, modelOutput, sample * level.signal, level).clean;
}

at::Tensor SolverScheduler::addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const
{
    return noisy(clean, noise, level(index));
}

} // namespace pentimento
