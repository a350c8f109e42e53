// SPDX-License-Identifier: Apache-2.0
#include "inference/api/error.h"
#include "inference/schedulers/algorithms.h"
#include "inference/schedulers/noise_schedule.h"
#include "inference/schedulers/scheduler_bases.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// Pseudo numerical methods (Liu et al. 2022): three Runge-Kutta steps of four model calls each, unless skip_prk_steps, then a
/// linear multistep method of up to fourth order. Without the former the second timestep is evaluated twice (PLMS of
/// latent-diffusion).
class PNDMScheduler : public AlphaScheduler {
public:
    explicit PNDMScheduler(SchedulerConfig config) : AlphaScheduler(std::move(config)) {}

    void setTimesteps(int steps) override
    {
        std::vector<double> whole = spacedTimesteps(m_config, steps);
        m_stride = m_config.numTrainTimesteps / steps;
        m_calls = m_prkCalls = 0;
        m_outputs.clear();
        if (m_config.skipPrkSteps) {
            if (steps > 1)
                whole.insert(whole.begin() + 1, whole[1]);
            m_timesteps = std::move(whole);
            return;
        }
        if (steps < 4)
            throw Exception(ErrorCode::Usage, "the model's scheduler begins with Runge-Kutta steps and needs four steps", "steps",
                            "give at least 4");
        m_timesteps.clear();
        for (std::size_t i = 0; i < 3; ++i) {
            const double middle = whole[i + 1] + m_stride / 2;
            m_timesteps.insert(m_timesteps.end(), {whole[i], middle, middle, whole[i + 1]});
        }
        m_prkCalls = 12;
        m_timesteps.insert(m_timesteps.end(), whole.begin() + 3, whole.end());
    }

    SchedulerStep step(const at::Tensor& modelOutput, std::size_t index, const at::Tensor& sample, at::Generator&) override
    {
        const double t = m_timesteps[index];
        const at::Tensor clean = estimate(m_config.predictionType, modelOutput, sample, level(t)).clean;
        if (m_calls == 0 && index > 0 && m_prkCalls > 0)
            throw Exception(ErrorCode::Unsupported, "PNDM with Runge-Kutta steps cannot begin in the middle of a run", "strength",
                            "give strength 1 or another scheduler");
        const at::Tensor next =
            m_calls < m_prkCalls ? rungeKutta(modelOutput, index, sample) : linearMultistep(modelOutput, t, sample);
        ++m_calls;
        return {next, clean};
    }

private:
    at::Tensor rungeKutta(const at::Tensor& output, std::size_t index, const at::Tensor& sample)
    {
        const std::size_t stage = index % 4;
        const double from = m_timesteps[index - stage];
        const double to = m_timesteps[index] - (stage % 2 == 0 ? m_stride / 2 : 0);
        if (stage == 0) {
            m_slope = output / 6;
            m_outputs.push_back(output);
            m_base = sample;
        } else if (stage < 3) {
            m_slope = m_slope + output / 3;
        }
        return transferred(m_base, from, to, stage == 3 ? m_slope + output / 6 : output);
    }

    at::Tensor linearMultistep(const at::Tensor& output, double t, const at::Tensor& sample)
    {
        if (m_calls == 1) { // the second look at the first step's end improves that step
            return transferred(m_base, t + m_stride, t, (output + m_outputs.back()) / 2);
        }
        m_base = sample;
        m_outputs.push_back(output);
        if (m_outputs.size() > 4)
            m_outputs.erase(m_outputs.begin());
        const auto e = [&](std::size_t back) { return m_outputs[m_outputs.size() - 1 - back]; };
        at::Tensor slope = output; // Adams-Bashforth of the order that there are outputs for
        if (m_outputs.size() == 2)
            slope = (3 * e(0) - e(1)) / 2;
        else if (m_outputs.size() == 3)
            slope = (23 * e(0) - 16 * e(1) + 5 * e(2)) / 12;
        else if (m_outputs.size() == 4)
            slope = (55 * e(0) - 59 * e(1) + 37 * e(2) - 9 * e(3)) / 24;
        return transferred(sample, t, t - m_stride, slope);
    }

    /// Formula 9 of the paper: DDIM's step with the given slope.
    at::Tensor transferred(const at::Tensor& sample, double from, double to, const at::Tensor& output) const
    {
        const at::Tensor epsilon = estimate(m_config.predictionType, output, sample, level(from)).epsilon;
        const double before = alpha(from), after = alpha(to);
        const double weight = before * std::sqrt(1 - after) + std::sqrt(before * (1 - before) * after);
        return std::sqrt(after / before) * sample - (after - before) / weight * epsilon;
    }

    int m_stride = 0;
    int m_calls = 0, m_prkCalls = 0;
    std::vector<at::Tensor> m_outputs; ///< the last four at most
    at::Tensor m_base, m_slope;
};

} // namespace

std::unique_ptr<Scheduler> makePNDM(SchedulerConfig config)
{
    if (config.predictionType == PredictionType::Sample)
        refuseField(config, "prediction_type", "is \"sample\", which this class does not know");
    return std::make_unique<PNDMScheduler>(std::move(config));
}

} // namespace pentimento
