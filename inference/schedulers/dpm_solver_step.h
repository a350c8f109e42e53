// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/schedulers/sample_math.h"

namespace pentimento {

/// One step of DPM-Solver (Lu et al. 2022, arXiv 2206.00927), DPM-Solver++ (arXiv 2211.01095) or their stochastic forms, from
/// one noise level to another: sample * keep + output * constant + its first and second derivative in logSnr, times h and
/// h^2, * linear and * quadratic + fresh noise * noise.
struct DPMSolverStep {
    double h = 0; ///< logSnr's change; infinite when the end has no noise, and the rest stays finite
    double keep = 1, constant = 0, linear = 0, quadratic = 0, noise = 0;
};

/// What `algorithm_type` says, with diffusers' default and aliases; refuses others, and final_sigmas_type "zero" for the
/// kinds that would divide by it.
struct DPMSolverKind {
    explicit DPMSolverKind(const SchedulerConfig& config);
    DPMSolverStep step(NoiseLevel from, NoiseLevel to) const;
    /// The quantity that is integrated: the clean estimate ("++") or the noise. Keeps `found` within the config's bounds.
    at::Tensor output(const SchedulerConfig& config, Estimate& found, const at::Tensor& sample, NoiseLevel level) const;

    bool onClean = true;
    bool stochastic = false;
    bool heun = false; ///< solver_type: second order by the integral, not by the midpoint
};

} // namespace pentimento
