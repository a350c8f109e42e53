// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/noise_schedule.h"

#include "inference/api/error.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// 1 - beta follows a curve of the cumulative product (Nichol and Dhariwal 2021).
at::Tensor betasOfCurve(int count, double (*alphaBar)(double))
{
    std::vector<double> betas;
    for (int i = 0; i < count; ++i)
        betas.push_back(std::min(1 - alphaBar((i + 1.0) / count) / alphaBar(static_cast<double>(i) / count), 0.999));
    return at::tensor(betas, at::kFloat);
}

double cosineCurve(double t)
{
    const double c = std::cos((t + 0.008) / 1.008 * std::acos(-1.0) / 2);
    return c * c;
}

double exponentialCurve(double t)
{
    return std::exp(t * -12);
}

at::Tensor betas(const SchedulerConfig& config)
{
    const int count = config.numTrainTimesteps;
    const auto line = [&](double from, double to) { return at::linspace(from, to, count, at::kFloat); };
    if (!config.trainedBetas.empty())
        return at::tensor(config.trainedBetas, at::kFloat);
    switch (config.betaSchedule) {
    case BetaSchedule::ScaledLinear: return line(std::sqrt(config.betaStart), std::sqrt(config.betaEnd)).square();
    case BetaSchedule::SquaredCosCap: return betasOfCurve(count, cosineCurve);
    case BetaSchedule::Exp: return betasOfCurve(count, exponentialCurve);
    case BetaSchedule::Sigmoid: return at::sigmoid(line(-6, 6)) * (config.betaEnd - config.betaStart) + config.betaStart;
    case BetaSchedule::Linear: break;
    }
    return line(config.betaStart, config.betaEnd);
}

} // namespace

// float32 as in diffusers: a sum of a thousand roundings would show in the sixth digit of a sigma.
std::vector<double> alphasCumprod(const SchedulerConfig& config)
{
    at::Tensor alphas = at::cumprod(1 - betas(config), 0);
    if (config.rescaleBetasZeroSnr && alphas.numel() > 1) {
        const at::Tensor roots = alphas.sqrt();
        const at::Tensor first = roots[0], last = roots[-1];
        const at::Tensor products = ((roots - last) * (first / (first - last))).square();
        const at::Tensor ratios = at::cat({products.slice(0, 0, 1), products.slice(0, 1) / products.slice(0, 0, -1)});
        alphas = at::cumprod(1 - (1 - ratios), 0); // by way of the betas
    }
    const at::Tensor wide = alphas.to(at::kDouble).contiguous();
    return {wide.data_ptr<double>(), wide.data_ptr<double>() + wide.numel()};
}

std::vector<double> spacedTimesteps(const SchedulerConfig& config, int steps)
{
    const int train = config.numTrainTimesteps;
    checkSteps(steps, train);
    std::vector<double> timesteps;
    for (int i = 0; i < steps; ++i) {
        double t = 0;
        switch (config.timestepSpacing) {
        case TimestepSpacing::Linspace: t = std::nearbyint(linspacePoint(0, train - 1, steps, steps - 1 - i)); break;
        case TimestepSpacing::Leading: t = static_cast<double>(train / steps) * (steps - 1 - i) + config.stepsOffset; break;
        case TimestepSpacing::Trailing: t = std::nearbyint(train - static_cast<double>(train) / steps * i) - 1; break;
        }
        timesteps.push_back(std::min(t, train - 1.0));
    }
    return timesteps;
}

double linspacePoint(double first, double last, int count, int i)
{
    if (i == 0)
        return first;
    return i == count - 1 ? last : first + i * ((last - first) / (count - 1));
}

void checkSteps(int steps, int most)
{
    if (steps < 1 || steps > most)
        throw Exception(ErrorCode::Usage, "the number of steps is out of range for this scheduler", "steps",
                        "give 1 to " + std::to_string(most));
}

} // namespace pentimento
