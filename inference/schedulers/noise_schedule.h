// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/scheduler_config.h"

#include <vector>

namespace pentimento {

/// Cumulative products of 1 - beta, one per training timestep, rounded to float32 as diffusers'. With zero terminal SNR
/// the last is 0 (Lin et al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed").
std::vector<double> alphasCumprod(const SchedulerConfig& config);

/// Whole training timesteps for `steps` steps, descending, by the config's spacing (same paper, table 2).
std::vector<double> spacedTimesteps(const SchedulerConfig& config, int steps);

/// Point i of `count` points from `first` to `last`, rounded as NumPy's linspace: where timesteps are made whole, that counts.
double linspacePoint(double first, double last, int count, int i);

/// Throws Exception(Usage) unless 1 <= steps <= most.
void checkSteps(int steps, int most);

} // namespace pentimento
