// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/dpm_solver_step.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {
namespace {

/// DPM-Solver and DPM-Solver++ in blocks of up to three steps: each step of a block starts again from the block's beginning,
/// with one order more.
class DPMSolverSinglestepScheduler : public SolverScheduler {
public:
    explicit DPMSolverSinglestepScheduler(SchedulerConfig config) : SolverScheduler(std::move(config)), m_kind(m_config) {}

    void setTimesteps(int steps) override
    {
        m_schedule = solverSchedule(m_config, steps, false);
        m_outputs.clear();
        m_orders.clear();
        const auto count = m_schedule.timesteps.size();
        const auto highest = static_cast<std::size_t>(m_config.solverOrder);
        for (std::size_t i = 0; i < count; ++i)
            m_orders.push_back(static_cast<int>(i % highest) + 1);
        // Without noise at the end only the first order is finite; a block that would end the run in full may be eased.
        const bool eased = m_config.lowerOrderFinal && count % highest == 0;
        if (m_config.finalSigma == FinalSigma::Zero || eased)
            m_orders.back() = 1;
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        Estimate found = estimate(m_config.predictionType, modelOutput, sample, level(index));
        remember(m_outputs, m_kind.output(m_config, found, sample, level(index)), m_config.solverOrder);
        const auto order = std::min(static_cast<std::size_t>(m_orders[index]), m_outputs.size());
        if (order == 1)
            m_start = sample;
        const std::size_t start = index + 1 - order;
        const DPMSolverStep terms = m_kind.step(level(start), level(index + 1));
        at::Tensor next = terms.keep * m_start + terms.constant * m_outputs[order - 1] + derivatives(terms, index, order);
        if (m_kind.stochastic)
            next = next + terms.noise * noiseLike(sample, generator);
        return {next, found.clean};
    }

private:
    /// What the outputs since the block's beginning add to a constant one.
    at::Tensor derivatives(const DPMSolverStep& terms, std::size_t index, std::size_t order) const
    {
        const std::size_t start = index + 1 - order;
        const auto place = [&](std::size_t i) { return (logSnr(level(i)) - logSnr(level(start))) / terms.h; };
        if (order == 1 || terms.h == 0)
            return at::zeros_like(m_start);
        const double r0 = place(index);
        const at::Tensor chord = (m_outputs[0] - m_outputs[order - 1]) / r0;
        if (order == 2)
            return (m_kind.heun ? terms.linear : terms.constant / 2) * chord;
        if (!m_kind.heun)
            return terms.linear * chord;
        const double r1 = place(index - 1);
        const at::Tensor early = (m_outputs[1] - m_outputs[2]) / r1;
        return (terms.linear * (r0 * early - r1 * chord) + terms.quadratic * 2 * (chord - early)) / (r0 - r1);
    }

    const DPMSolverKind m_kind;
    std::vector<int> m_orders;
    std::vector<at::Tensor> m_outputs;
    at::Tensor m_start;
};

} // namespace

std::unique_ptr<Scheduler> makeDPMSolverSinglestep(SchedulerConfig config)
{
    config.clipSample = false; // a field of other classes, like the next
    config.timestepSpacing = TimestepSpacing::Linspace;
    return std::make_unique<DPMSolverSinglestepScheduler>(std::move(config));
}

} // namespace pentimento
