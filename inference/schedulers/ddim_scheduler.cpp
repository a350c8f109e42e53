// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/ddim_scheduler.h"

#include "inference/api/error.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {

DDIMScheduler::DDIMScheduler(SchedulerConfig config, double eta)
    : m_config(std::move(config)), m_eta(eta), m_alphas(alphasCumprod(m_config)),
      m_finalAlpha(m_config.setAlphaToOne ? 1.0 : m_alphas.front())
{
    if (m_config.rescaleBetasZeroSnr && m_config.predictionType == "epsilon")
        throw Exception(ErrorCode::Unsupported, "a noise-predicting model cannot start from zero signal",
                        "rescale_betas_zero_snr", "switch the option off in scheduler_config.json");
}

void DDIMScheduler::setTimesteps(int steps)
{
    m_timesteps = spacedTimesteps(m_config, steps);
    m_steps = steps;
}

double DDIMScheduler::alpha(double timestep) const
{
    return timestep < 0 ? m_finalAlpha : m_alphas[static_cast<std::size_t>(timestep)];
}

at::Tensor DDIMScheduler::limited(const at::Tensor& denoised) const
{
    if (m_config.thresholding) {
        // Dynamic thresholding (Saharia et al. 2022), per picture.
        const at::Tensor magnitudes = denoised.abs().reshape({denoised.size(0), -1});
        const at::Tensor limit = at::quantile(magnitudes, m_config.dynamicThresholdingRatio, 1)
                                     .clamp(1.0, m_config.sampleMaxValue)
                                     .reshape({-1, 1, 1, 1});
        return at::minimum(at::maximum(denoised, -limit), limit) / limit;
    }
    if (m_config.clipSample)
        return denoised.clamp(-m_config.clipSampleRange, m_config.clipSampleRange);
    return denoised;
}

SchedulerStep DDIMScheduler::step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                                  at::Generator& generator)
{
    const double t = m_timesteps[index];
    const double previous = t - m_config.numTrainTimesteps / m_steps; // whatever the spacing, as diffusers
    const double alphaT = alpha(t), alphaPrevious = alpha(previous);
    const double signal = std::sqrt(alphaT), noiseLevel = std::sqrt(1 - alphaT);

    at::Tensor denoised, epsilon;
    if (m_config.predictionType == "epsilon") {
        epsilon = modelOutput;
        denoised = (sample - noiseLevel * modelOutput) / signal;
    } else if (m_config.predictionType == "v_prediction") {
        denoised = signal * sample - noiseLevel * modelOutput;
        epsilon = signal * modelOutput + noiseLevel * sample;
    } else {
        denoised = modelOutput;
        epsilon = (sample - signal * denoised) / noiseLevel;
    }
    denoised = limited(denoised);

    const double variance = (1 - alphaPrevious) / (1 - alphaT) * (1 - alphaT / alphaPrevious);
    const double deviation = m_eta * std::sqrt(std::max(variance, 0.0));
    const double direction = std::sqrt(std::max(1 - alphaPrevious - deviation * deviation, 0.0));
    at::Tensor next = std::sqrt(alphaPrevious) * denoised + direction * epsilon;
    if (m_eta > 0)
        next = next + deviation * at::randn(sample.sizes(), generator, sample.options().dtype(at::kFloat)).to(sample.dtype());
    return {next, denoised};
}

at::Tensor DDIMScheduler::addNoise(const at::Tensor& clean, const at::Tensor& noise, std::size_t index) const
{
    const double alphaT = alpha(m_timesteps[index]);
    return std::sqrt(alphaT) * clean + std::sqrt(1 - alphaT) * noise;
}

} // namespace pentimento
