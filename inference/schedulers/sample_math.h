// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/scheduler_config.h"

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

namespace pentimento {

/// A noisy sample is signal * clean + noise * epsilon, with signal^2 + noise^2 = 1.
struct NoiseLevel {
    double signal = 1, noise = 0;
};

NoiseLevel levelOfAlpha(double alphaCumprod);
NoiseLevel levelOfSigma(double sigma); ///< sigma = noise / signal

/// log(signal / noise), the time of the exponential integrators (Lu et al. 2022); infinite without noise.
double logSnr(NoiseLevel level);

at::Tensor noisy(const at::Tensor& clean, const at::Tensor& epsilon, NoiseLevel level);

/// What a model's output says of a sample.
struct Estimate {
    at::Tensor clean, epsilon;
};

Estimate estimate(PredictionType type, const at::Tensor& modelOutput, const at::Tensor& sample, NoiseLevel level);

/// The clean estimate within the config's bounds: dynamic thresholding (Saharia et al. 2022), else clipping, else as it is.
at::Tensor limited(const SchedulerConfig& config, const at::Tensor& clean);

/// Gaussian noise of the sample's shape, drawn in float32 as diffusers' randn_tensor.
at::Tensor noiseLike(const at::Tensor& sample, at::Generator& generator);

} // namespace pentimento
