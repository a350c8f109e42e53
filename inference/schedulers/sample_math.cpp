// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/sample_math.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {

NoiseLevel levelOfAlpha(double alphaCumprod)
{
    return {std::sqrt(alphaCumprod), std::sqrt(1 - alphaCumprod)};
}

NoiseLevel levelOfSigma(double sigma)
{
    const double signal = 1 / std::sqrt(sigma * sigma + 1);
    return {signal, sigma * signal};
}

double logSnr(NoiseLevel level)
{
    return std::log(level.signal) - std::log(level.noise);
}

at::Tensor noisy(const at::Tensor& clean, const at::Tensor& epsilon, NoiseLevel level)
{
    return level.signal * clean + level.noise * epsilon;
}

Estimate estimate(PredictionType type, const at::Tensor& modelOutput, const at::Tensor& sample, NoiseLevel level)
{
    const auto [signal, noise] = level;
    switch (type) {
    case PredictionType::VPrediction: return {signal * sample - noise * modelOutput, signal * modelOutput + noise * sample};
    case PredictionType::Sample: return {modelOutput, (sample - signal * modelOutput) / noise};
    case PredictionType::Epsilon: break;
    }
    return {(sample - noise * modelOutput) / signal, modelOutput};
}

at::Tensor limited(const SchedulerConfig& config, const at::Tensor& clean)
{
    if (config.thresholding) {
        const at::Tensor magnitudes = clean.abs().reshape({clean.size(0), -1});
        const at::Tensor limit =
            at::quantile(magnitudes, config.dynamicThresholdingRatio, 1).clamp(1.0, config.sampleMaxValue).reshape({-1, 1, 1, 1});
        return at::minimum(at::maximum(clean, -limit), limit) / limit;
    }
    if (config.clipSample)
        return clean.clamp(-config.clipSampleRange, config.clipSampleRange);
    return clean;
}

at::Tensor noiseLike(const at::Tensor& sample, at::Generator& generator)
{
    return at::randn(sample.sizes(), generator, sample.options().dtype(at::kFloat)).to(sample.dtype());
}

} // namespace pentimento
