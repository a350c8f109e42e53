// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/scheduler_config.h"

#include <vector>

namespace pentimento {

/// A run as noise levels: sigma = noise / signal, descending; the sample after step i has sigmas[i + 1].
struct SigmaSchedule {
    std::vector<double> timesteps;
    std::vector<double> sigmas; ///< one more than timesteps; the last is 0 or the smallest of the training
};

/// Sigma of every training timestep, ascending. With zero terminal SNR the last stands for alphas_cumprod 2^-24 (sigma
/// 4096), as in diffusers: infinity could not be computed with.
std::vector<double> trainingSigmas(const SchedulerConfig& config);

/// Timestep of a sigma, interpolated in the logarithm; within the training's range.
double timestepOfSigma(double sigma, const std::vector<double>& trainingSigmas);

/// Schedule of Euler and its relatives in k-diffusion: `steps` points down to the smallest noise, timesteps not whole, curves
/// (Karras et al. 2022, exponential, "Beta Sampling is All You Need") between the ends of those points.
SigmaSchedule eulerSchedule(const SchedulerConfig& config, int steps);

/// Schedule of the exponential integrators (DPM-Solver, UniPC, DEIS): of `steps` + 1 points the least noisy one is left to
/// final_sigmas_type, timesteps are whole, curves run over the whole training. `likeUniPC`: UniPC and DEIS round the timesteps
/// of a curve also on a squaredcos_cap_v2 model, and "sigma_min" is the curve's end to them, not the training's.
SigmaSchedule solverSchedule(const SchedulerConfig& config, int steps, bool likeUniPC);

} // namespace pentimento
