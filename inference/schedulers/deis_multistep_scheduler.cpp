// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// DEIS (Zhang and Chen 2022, arXiv 2204.13902) in its log-rho form: a polynomial in log(sigma) through the last noise
/// estimates, integrated over sigma.
class DEISMultistepScheduler : public SolverScheduler {
public:
    explicit DEISMultistepScheduler(SchedulerConfig config) : SolverScheduler(std::move(config)) {}

    void setTimesteps(int steps) override
    {
        m_schedule = solverSchedule(m_config, steps, true);
        m_outputs.clear();
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample, at::Generator&) override
    {
        const NoiseLevel from = level(index);
        const at::Tensor clean = limited(m_config, estimate(m_config.predictionType, modelOutput, sample, from).clean);
        remember(m_outputs, (sample - from.signal * clean) / from.noise, m_config.solverOrder);

        at::Tensor next = sample / from.signal;
        const std::size_t order = orderAt(index);
        for (std::size_t k = 0; k < order; ++k)
            next = next + weight(index, k, order) * m_outputs[k];
        return {level(index + 1).signal * next, clean};
    }

private:
    std::size_t orderAt(std::size_t index) const
    {
        const std::size_t left = m_schedule.timesteps.size() - index;
        const bool eased = m_config.lowerOrderFinal && m_schedule.timesteps.size() < 15;
        return eased ? std::min(left, m_outputs.size()) : m_outputs.size();
    }

    /// Integral over the step of the Lagrange polynomial p in u = log(sigma) that is 1 at the k-th last sigma and 0 at the
    /// others. p(u) e^u has the antiderivative (p - p' + p'') e^u.
    double weight(std::size_t index, std::size_t k, std::size_t order) const
    {
        double roots[2] = {}, denominator = 1;
        std::size_t degree = 0;
        const auto u = [&](std::size_t back) { return std::log(m_schedule.sigmas[index - back]); };
        for (std::size_t j = 0; j < order; ++j) {
            if (j == k)
                continue;
            denominator *= u(k) - u(j);
            roots[degree++] = u(j);
        }
        const auto antiderivative = [&](double sigma) {
            const double x = std::log(sigma), a = x - roots[0], b = x - roots[1];
            const double p = degree == 0 ? 1 : degree == 1 ? a - 1 : a * b - (a + b) + 2;
            return sigma * p / denominator;
        };
        return antiderivative(m_schedule.sigmas[index + 1]) - antiderivative(m_schedule.sigmas[index]);
    }

    std::vector<at::Tensor> m_outputs;
};

} // namespace

std::unique_ptr<Scheduler> makeDEISMultistep(SchedulerConfig config)
{
    const std::string& algorithm = config.algorithmType;
    if (!algorithm.empty() && algorithm != "deis" && algorithm != "dpmsolver" && algorithm != "dpmsolver++")
        refuseField(config, "algorithm_type", "is \"" + algorithm + "\", which is not known here");
    const std::string& solver = config.solverType;
    if (!solver.empty() && solver != "logrho" && solver != "midpoint" && solver != "heun" && solver != "bh1" && solver != "bh2")
        refuseField(config, "solver_type", "is \"" + solver + "\", which is not known here");
    if (config.solverOrder > 3)
        refuseField(config, "solver_order", "is " + std::to_string(config.solverOrder) + ", which is too high");
    // Fields of other classes; the run ends at the training's smallest noise.
    config.clipSample = false;
    config.lambdaMinClipped.reset();
    config.finalSigma = FinalSigma::SigmaMin;
    return std::make_unique<DEISMultistepScheduler>(std::move(config));
}

} // namespace pentimento
