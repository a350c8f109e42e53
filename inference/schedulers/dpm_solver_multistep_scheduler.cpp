// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// DPM-Solver (Lu et al. 2022, arXiv 2206.00927) and DPM-Solver++ (arXiv 2211.01095) as multistep methods of order 1 to 3,
/// each also as the solver of the stochastic equation. The "++" integrate the clean estimate, the others the noise.
class DPMSolverMultistepScheduler : public SolverScheduler {
public:
    explicit DPMSolverMultistepScheduler(SchedulerConfig config)
        : SolverScheduler(std::move(config)), m_onClean(m_config.algorithmType.ends_with("++")),
          m_stochastic(m_config.algorithmType.starts_with("sde"))
    {
    }

    void setTimesteps(int steps) override
    {
        m_schedule = solverSchedule(m_config, steps, false);
        m_outputs.clear();
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        const NoiseLevel now = level(index);
        Estimate found = estimate(m_config.predictionType, modelOutput, sample, now);
        found.clean = limited(m_config, found.clean);
        if (m_config.thresholding)
            found.epsilon = (sample - now.signal * found.clean) / now.noise;
        m_outputs.insert(m_outputs.begin(), m_onClean ? found.clean : found.epsilon); // the newest first
        if (m_outputs.size() > static_cast<std::size_t>(m_config.solverOrder))
            m_outputs.pop_back();

        at::Tensor next = integrated(index, sample, orderAt(index));
        if (m_stochastic)
            next = next + noiseDeviation(index) * noiseLike(sample, generator);
        return {next, found.clean};
    }

private:
    /// Falls towards the end of a short run, and rises with the outputs that there are.
    int orderAt(std::size_t index) const
    {
        const std::size_t left = m_schedule.timesteps.size() - index;
        const bool eased = m_config.lowerOrderFinal && m_schedule.timesteps.size() < 15;
        int order = static_cast<int>(m_outputs.size());
        if (left == 1 && (m_config.eulerAtFinal || eased || m_config.finalSigma == FinalSigma::Zero))
            order = 1;
        if (left == 2 && eased)
            order = std::min(order, 2);
        return order;
    }

    double lambda(std::size_t index) const { return logSnr(level(index)); }

    /// The deterministic part: Taylor's expansion of the output in lambda = logSnr, integrated exactly against its weight.
    at::Tensor integrated(std::size_t index, const at::Tensor& sample, int order) const
    {
        const NoiseLevel from = level(index), to = level(index + 1);
        const double h = lambda(index + 1) - lambda(index);
        // exp(z) is how the weight of a past output decays (or grows) over the step.
        const double z = m_onClean ? (m_stochastic ? -2 * h : -h) : h;
        const double scale = m_onClean ? to.signal : (m_stochastic ? 2 : 1) * to.noise;
        const double keep = m_onClean ? to.noise / from.noise * (m_stochastic ? std::exp(-h) : 1) : to.signal / from.signal;
        const double constant = -scale * std::expm1(z);
        at::Tensor result = keep * sample + constant * m_outputs[0];
        if (order == 1)
            return result;

        const double r0 = (lambda(index) - lambda(index - 1)) / h;
        at::Tensor first = (m_outputs[0] - m_outputs[1]) / r0;
        const double linear = -scale * (std::expm1(z) / z - 1);
        if (order == 2)
            return result + (m_config.solverType == "heun" ? linear : constant / 2) * first;

        const double r1 = (lambda(index - 1) - lambda(index - 2)) / h;
        const at::Tensor bend = (first - (m_outputs[1] - m_outputs[2]) / r1) / (r0 + r1);
        first = first + r0 * bend;
        double quadratic = -scale * ((std::expm1(z) - z) / (z * z) - 0.5);
        if (m_stochastic)
            quadratic -= scale; // diffusers has this half with the other sign; what it computes is what counts here
        return result + linear * first + quadratic * bend;
    }

    double noiseDeviation(std::size_t index) const
    {
        const double h = lambda(index + 1) - lambda(index), noise = level(index + 1).noise;
        return noise * std::sqrt(m_onClean ? -std::expm1(-2 * h) : std::expm1(2 * h));
    }

    const bool m_onClean, m_stochastic;
    std::vector<at::Tensor> m_outputs;
};

} // namespace

std::unique_ptr<Scheduler> makeDPMSolverMultistep(SchedulerConfig config)
{
    std::string& algorithm = config.algorithmType;
    if (algorithm.empty() || algorithm == "deis") // configs move between classes; diffusers maps the names so
        algorithm = "dpmsolver++";
    if (algorithm != "dpmsolver++" && algorithm != "dpmsolver" && algorithm != "sde-dpmsolver++" && algorithm != "sde-dpmsolver")
        refuseField(config, "algorithm_type", "is \"" + algorithm + "\", which is not known here");
    std::string& solver = config.solverType;
    if (solver.empty() || solver == "logrho" || solver == "bh1" || solver == "bh2")
        solver = "midpoint";
    if (solver != "midpoint" && solver != "heun")
        refuseField(config, "solver_type", "is \"" + solver + "\", which is not known here");
    if (config.solverOrder > (algorithm == "sde-dpmsolver" ? 2 : 3))
        refuseField(config, "solver_order", "is " + std::to_string(config.solverOrder) + ", which is too high for " + algorithm);
    if (!algorithm.ends_with("++") && config.finalSigma == FinalSigma::Zero)
        refuseField(config, "final_sigmas_type", "must be \"sigma_min\" with " + algorithm);
    if (config.varianceType.starts_with("learned"))
        refuseField(config, "variance_type", "is \"" + config.varianceType + "\", which Stable Diffusion does not predict");
    config.clipSample = false; // a field of other classes
    return std::make_unique<DPMSolverMultistepScheduler>(std::move(config));
}

} // namespace pentimento
