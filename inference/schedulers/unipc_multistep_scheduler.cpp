// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// UniPC (Zhao et al. 2023, arXiv 2302.04867): a multistep predictor, and a corrector that redoes the last step as soon as the
/// model has seen its end; both in the B(h) form.
class UniPCMultistepScheduler : public SolverScheduler {
public:
    explicit UniPCMultistepScheduler(SchedulerConfig config) : SolverScheduler(std::move(config)) {}

    void setTimesteps(int steps) override
    {
        m_schedule = solverSchedule(m_config, steps, true);
        m_outputs.clear();
        m_lastSample.reset();
        m_lastOrder = 0;
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample, at::Generator&) override
    {
        Estimate found = estimate(m_config.predictionType, modelOutput, sample, level(index));
        if (m_config.predictX0)
            found.clean = limited(m_config, found.clean);
        const at::Tensor output = m_config.predictX0 ? found.clean : found.epsilon;
        const bool corrects =
            m_lastSample.defined() &&
            std::count(m_config.disableCorrector.begin(), m_config.disableCorrector.end(), static_cast<int>(index) - 1) == 0;
        const at::Tensor corrected = corrects ? stepped(index - 1, m_lastSample, m_lastOrder, output) : sample;

        remember(m_outputs, output, m_config.solverOrder);
        const auto left = static_cast<int>(m_schedule.timesteps.size() - index);
        m_lastOrder = static_cast<int>(m_outputs.size());
        if (m_config.lowerOrderFinal)
            m_lastOrder = std::min(m_lastOrder, left);
        m_lastSample = corrected;
        return {stepped(index, corrected, m_lastOrder, {}), found.clean};
    }

private:
    /// The sample after step `from`, by the `order` newest outputs and, for the corrector, the one at the step's end.
    at::Tensor stepped(std::size_t from, const at::Tensor& sample, int order, const at::Tensor& endOutput) const
    {
        const NoiseLevel start = level(from), end = level(from + 1);
        const at::Tensor& newest = m_outputs[0];
        if (end.noise == 0) // h is infinite: all orders give the clean estimate
            return m_config.predictX0 ? newest : (sample - start.noise * newest) / start.signal;
        const double h = logSnr(end) - logSnr(start);
        if (h == 0)
            return sample;
        const double hh = m_config.predictX0 ? -h : h;
        const double scale = m_config.predictX0 ? end.signal : end.noise;
        const double keep = m_config.predictX0 ? end.noise / start.noise : end.signal / start.signal;
        at::Tensor result = keep * sample - scale * std::expm1(hh) * newest;

        // Differences of the outputs to the newest, at the places rk of their logSnr.
        std::vector<double> rk;
        std::vector<at::Tensor> differences;
        for (int i = 1; i < order; ++i) {
            rk.push_back((logSnr(level(from - static_cast<std::size_t>(i))) - logSnr(start)) / h);
            differences.push_back((m_outputs[static_cast<std::size_t>(i)] - newest) / rk.back());
        }
        if (endOutput.defined()) {
            rk.push_back(1);
            differences.push_back(endOutput - newest);
        }
        const double bh = m_config.solverType == "bh1" ? hh : std::expm1(hh);
        const std::vector<double> weights = weightsFor(rk, hh, bh);
        for (std::size_t i = 0; i < weights.size(); ++i)
            result = result - scale * bh * weights[i] * differences[i];
        return result;
    }

    /// rho of the paper: sum over k of rho_k rk^(i - 1) = b_i. A single difference weighs half.
    static std::vector<double> weightsFor(const std::vector<double>& rk, double hh, double bh)
    {
        const auto count = static_cast<std::int64_t>(rk.size());
        if (count < 2)
            return std::vector<double>(rk.size(), 0.5);
        at::Tensor matrix = at::empty({count, count}, at::kDouble), right = at::empty({count, 1}, at::kDouble);
        double phi = std::expm1(hh) / hh - 1, factorial = 1;
        for (std::int64_t i = 0; i < count; ++i) {
            for (std::int64_t k = 0; k < count; ++k)
                matrix[i][k] = std::pow(rk[static_cast<std::size_t>(k)], static_cast<double>(i));
            right[i][0] = phi * factorial / bh;
            factorial *= static_cast<double>(i) + 2;
            phi = phi / hh - 1 / factorial;
        }
        const at::Tensor solution = at::linalg_solve(matrix, right).contiguous();
        return {solution.data_ptr<double>(), solution.data_ptr<double>() + count};
    }

    std::vector<at::Tensor> m_outputs;
    at::Tensor m_lastSample; ///< before the last step, corrected
    int m_lastOrder = 0;
};

} // namespace

std::unique_ptr<Scheduler> makeUniPCMultistep(SchedulerConfig config)
{
    std::string& solver = config.solverType;
    if (solver.empty() || solver == "midpoint" || solver == "heun" || solver == "logrho") // diffusers maps the names so
        solver = "bh2";
    if (solver != "bh1" && solver != "bh2")
        refuseField(config, "solver_type", "is \"" + solver + "\", which is not known here");
    if (config.solverP)
        refuseField(config, "solver_p", "names another scheduler, which cannot be combined here");
    if (config.solverOrder > 6)
        refuseField(config, "solver_order", "is " + std::to_string(config.solverOrder) + ", which is too high");
    config.clipSample = false; // a field of other classes
    return std::make_unique<UniPCMultistepScheduler>(std::move(config));
}

} // namespace pentimento
