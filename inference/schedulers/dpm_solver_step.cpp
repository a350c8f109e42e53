// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/dpm_solver_step.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {

DPMSolverKind::DPMSolverKind(const SchedulerConfig& config)
{
    const std::string& algorithm = config.algorithmType;
    if (!algorithm.empty() && algorithm != "deis") { // configs move between classes; diffusers maps the names so
        if (algorithm != "dpmsolver++" && algorithm != "dpmsolver" && algorithm != "sde-dpmsolver++" &&
            algorithm != "sde-dpmsolver")
            refuseField(config, "algorithm_type", "is \"" + algorithm + "\", which is not known here");
        onClean = algorithm.ends_with("++");
        stochastic = algorithm.starts_with("sde");
    }
    const std::string& solver = config.solverType;
    heun = solver == "heun";
    if (!heun && !solver.empty() && solver != "midpoint" && solver != "logrho" && solver != "bh1" && solver != "bh2")
        refuseField(config, "solver_type", "is \"" + solver + "\", which is not known here");
    if (config.solverOrder > (stochastic && !onClean ? 2 : 3))
        refuseField(config, "solver_order", "is " + std::to_string(config.solverOrder) + ", which is too high");
    if (!onClean && config.finalSigma == FinalSigma::Zero)
        refuseField(config, "final_sigmas_type", "must be \"sigma_min\" with " + algorithm);
    if (config.varianceType.starts_with("learned"))
        refuseField(config, "variance_type", "is \"" + config.varianceType + "\", which Stable Diffusion does not predict");
}

DPMSolverStep DPMSolverKind::step(NoiseLevel from, NoiseLevel to) const
{
    DPMSolverStep step;
    const double h = step.h = logSnr(to) - logSnr(from);
    if (h == 0)
        return step;
    // exp(z) is how the weight of the output decays or grows over the step.
    const double z = onClean ? (stochastic ? -2 * h : -h) : h;
    const double scale = onClean ? to.signal : (stochastic ? 2 : 1) * to.noise;
    step.keep = onClean ? to.noise / from.noise * (stochastic ? std::exp(-h) : 1) : to.signal / from.signal;
    step.constant = -scale * std::expm1(z);
    step.linear = -scale * (std::expm1(z) / z - 1);
    step.quadratic = -scale * ((std::expm1(z) - z) / (z * z) - 0.5);
    if (stochastic) {
        step.quadratic -= scale; // diffusers has this half with the other sign; what it computes is what counts here
        step.noise = to.noise * std::sqrt(onClean ? -std::expm1(-2 * h) : std::expm1(2 * h));
    }
    return step;
}

at::Tensor DPMSolverKind::output(const SchedulerConfig& config, Estimate& found, const at::Tensor& sample, NoiseLevel level) const
{
    found.clean = limited(config, found.clean);
    if (config.thresholding)
        found.epsilon = (sample - level.signal * found.clean) / level.noise;
    return onClean ? found.clean : found.epsilon;
}

} // namespace pentimento
