// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {
namespace {

/// Linear multistep method of fourth order (k-diffusion's sample_lms): a polynomial through the last slopes, integrated over
/// sigma.
class LMSDiscreteScheduler : public EulerFamilyScheduler {
public:
    explicit LMSDiscreteScheduler(SchedulerConfig config) : EulerFamilyScheduler(std::move(config)) {}

    void setTimesteps(int steps) override
    {
        m_schedule = eulerSchedule(m_config, steps);
        m_slopes.clear();
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample, at::Generator&) override
    {
        const double sigma = m_schedule.sigmas[index];
        const at::Tensor clean = denoised(modelOutput, sample, sigma);
        remember(m_slopes, (sample - clean) / sigma, 4);
        at::Tensor next = sample;
        // Of a run that begins in the middle diffusers takes weights for slopes that it does not have; here the order is lower.
        for (std::size_t k = 0; k < m_slopes.size(); ++k)
            next = next + weight(index, k) * m_slopes[k];
        return {next, clean};
    }

private:
    /// Integral over the step of the polynomial that is 1 at the k-th last sigma and 0 at the others: Gauss-Legendre with
    /// three points is exact for it.
    double weight(std::size_t index, std::size_t k) const
    {
        const double from = m_schedule.sigmas[index], to = m_schedule.sigmas[index + 1];
        const auto basis = [&](double sigma) {
            double product = 1;
            for (std::size_t j = 0; j < m_slopes.size(); ++j) {
                if (j != k)
                    product *=
                        (sigma - m_schedule.sigmas[index - j]) / (m_schedule.sigmas[index - k] - m_schedule.sigmas[index - j]);
            }
            return product;
        };
        const double middle = (from + to) / 2, half = (to - from) / 2, outer = half * std::sqrt(0.6);
        return half * (5 * basis(middle - outer) + 8 * basis(middle) + 5 * basis(middle + outer)) / 9;
    }

    std::vector<at::Tensor> m_slopes;
};

} // namespace

std::unique_ptr<Scheduler> makeLMSDiscrete(SchedulerConfig config)
{
    return std::make_unique<LMSDiscreteScheduler>(std::move(config));
}

} // namespace pentimento
