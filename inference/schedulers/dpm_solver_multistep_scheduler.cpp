// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/dpm_solver_step.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {
namespace {

/// DPM-Solver and DPM-Solver++ as multistep methods of order 1 to 3: the output's derivatives come from the steps before.
class DPMSolverMultistepScheduler : public SolverScheduler {
public:
    explicit DPMSolverMultistepScheduler(SchedulerConfig config) : SolverScheduler(std::move(config)), m_kind(m_config) {}

    void setTimesteps(int steps) override
    {
        m_schedule = solverSchedule(m_config, steps, false);
        m_outputs.clear();
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample,
                       at::Generator& generator) override
    {
        Estimate found = estimate(m_config.predictionType, modelOutput, sample, level(index));
        remember(m_outputs, m_kind.output(m_config, found, sample, level(index)), m_config.solverOrder);
        const DPMSolverStep terms = m_kind.step(level(index), level(index + 1));
        at::Tensor next = integrated(terms, index, sample, orderAt(index));
        if (m_kind.stochastic)
            next = next + terms.noise * noiseLike(sample, generator);
        return {next, found.clean};
    }

private:
    /// Falls towards the end of a short run, and rises with the outputs that there are.
    int orderAt(std::size_t index) const
    {
        const std::size_t left = m_schedule.timesteps.size() - index;
        const bool eased = m_config.lowerOrderFinal && m_schedule.timesteps.size() < 15;
        const int order = static_cast<int>(m_outputs.size());
        if (left == 1 && (m_config.eulerAtFinal || eased || m_config.finalSigma == FinalSigma::Zero))
            return 1;
        return left == 2 && eased ? std::min(order, 2) : order;
    }

    at::Tensor integrated(const DPMSolverStep& terms, std::size_t index, const at::Tensor& sample, int order) const
    {
        const at::Tensor result = terms.keep * sample + terms.constant * m_outputs[0];
        if (order == 1 || terms.h == 0)
            return result;
        const auto distance = [&](std::size_t i) { return (logSnr(level(i)) - logSnr(level(i - 1))) / terms.h; };
        const double r0 = distance(index);
        const at::Tensor slope = (m_outputs[0] - m_outputs[1]) / r0;
        if (order == 2)
            return result + (m_kind.heun ? terms.linear : terms.constant / 2) * slope;
        const double r1 = distance(index - 1);
        const at::Tensor bend = (slope - (m_outputs[1] - m_outputs[2]) / r1) / (r0 + r1);
        return result + terms.linear * (slope + r0 * bend) + terms.quadratic * bend;
    }

    const DPMSolverKind m_kind;
    std::vector<at::Tensor> m_outputs;
};

} // namespace

std::unique_ptr<Scheduler> makeDPMSolverMultistep(SchedulerConfig config)
{
    config.clipSample = false; // a field of other classes
    return std::make_unique<DPMSolverMultistepScheduler>(std::move(config));
}

} // namespace pentimento
