// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/sigma_schedule.h"

#include "inference/schedulers/beta_quantile.h"
#include "inference/schedulers/noise_schedule.h"

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// `steps` sigmas from `largest` down to `smallest`, or between the ends that the config sets.
std::vector<double> curve(const SchedulerConfig& config, double largest, double smallest, int steps)
{
    const double top = config.sigmaMax.value_or(largest), bottom = config.sigmaMin.value_or(smallest);
    constexpr double rho = 7, shape = 0.6;
    std::vector<double> sigmas;
    for (int i = 0; i < steps; ++i) {
        switch (config.sigmaSpacing) {
        case SigmaSpacing::Karras: {
            const double first = std::pow(top, 1 / rho), last = std::pow(bottom, 1 / rho);
            sigmas.push_back(std::pow(first + linspacePoint(0, 1, steps, i) * (last - first), rho));
            break;
        }
        case SigmaSpacing::Beta:
            sigmas.push_back(bottom + betaQuantile(1 - linspacePoint(0, 1, steps, i), shape, shape) * (top - bottom));
            break;
        default: sigmas.push_back(std::exp(linspacePoint(std::log(top), std::log(bottom), steps, i)));
        }
    }
    return sigmas;
}

/// Sigmas at timesteps that need not be whole.
std::vector<double> interpolated(const std::vector<double>& timesteps, const std::vector<double>& training)
{
    std::vector<double> sigmas;
    for (const double timestep : timesteps) {
        const double t = std::clamp(timestep, 0.0, static_cast<double>(training.size() - 1));
        const auto low = static_cast<std::size_t>(t);
        const std::size_t high = std::min(low + 1, training.size() - 1);
        sigmas.push_back(training[low] + (t - static_cast<double>(low)) * (training[high] - training[low]));
    }
    return sigmas;
}

/// As many whole timesteps as steps, or fewer where lambda_min_clipped cuts off the noisiest.
std::vector<double> solverTimesteps(const SchedulerConfig& config, int steps, const std::vector<double>& training)
{
    int count = config.numTrainTimesteps; // those whose log signal-to-noise is not below lambda_min_clipped
    while (config.lambdaMinClipped && count > 1 &&
           -std::log(training[static_cast<std::size_t>(count - 1)]) < *config.lambdaMinClipped)
        --count;
    std::vector<double> timesteps;
    const double ratio = static_cast<double>(config.numTrainTimesteps) / steps;
    const int wholeRatio = count / (steps + 1);
    checkSteps(steps, count - 1); // more would repeat a timestep
    for (int i = 0; i < steps; ++i) {
        switch (config.timestepSpacing) {
        case TimestepSpacing::Linspace:
            timesteps.push_back(std::nearbyint(linspacePoint(0, count - 1, steps + 1, steps - i)));
            break;
        case TimestepSpacing::Leading: timesteps.push_back((steps - i) * wholeRatio + config.stepsOffset); break;
        case TimestepSpacing::Trailing:
            if (const double t = count - i * ratio; t > 1e-9)
                timesteps.push_back(std::nearbyint(t) - 1);
        }
    }
    return timesteps;
}

void finish(SigmaSchedule& schedule, const SchedulerConfig& config, double smallest)
{
    schedule.sigmas.push_back(config.finalSigma == FinalSigma::Zero ? 0 : smallest);
    for (std::vector<double>* values : {&schedule.timesteps, &schedule.sigmas}) {
        for (double& value : *values)
            value = static_cast<float>(value); // diffusers' precision
    }
}

} // namespace

std::vector<double> trainingSigmas(const SchedulerConfig& config)
{
    std::vector<double> sigmas = alphasCumprod(config);
    if (config.rescaleBetasZeroSnr)
        sigmas.back() = 0x1p-24;
    for (double& value : sigmas)
        value = static_cast<float>(std::sqrt((1 - value) / value));
    return sigmas;
}

double timestepOfSigma(double sigma, const std::vector<double>& trainingSigmas)
{
    if (trainingSigmas.size() < 2)
        return 0;
    const auto above = std::upper_bound(trainingSigmas.begin(), trainingSigmas.end(), sigma);
    const auto last = static_cast<std::ptrdiff_t>(trainingSigmas.size()) - 2;
    const auto low = static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(above - trainingSigmas.begin() - 1, 0, last));
    const auto logarithm = [](double value) { return static_cast<double>(std::log(static_cast<float>(value))); };
    const double from = logarithm(trainingSigmas[low]), to = logarithm(trainingSigmas[low + 1]);
    const double weight = std::clamp((std::log(std::max(sigma, 1e-10)) - from) / (to - from), 0.0, 1.0);
    return static_cast<double>(low) + weight;
}

SigmaSchedule eulerSchedule(const SchedulerConfig& config, int steps)
{
    SigmaSchedule schedule;
    schedule.timesteps = spacedTimesteps(config, steps);
    if (config.timestepSpacing == TimestepSpacing::Linspace) {
        for (int i = 0; i < steps; ++i) // not rounded here
            schedule.timesteps[static_cast<std::size_t>(i)] =
                static_cast<float>(linspacePoint(0, config.numTrainTimesteps - 1, steps, steps - 1 - i));
    }
    const std::vector<double> training = trainingSigmas(config);
    schedule.sigmas = interpolated(schedule.timesteps, training);
    if (config.interpolationType == "log_linear") {
        schedule.sigmas.clear(); // one more than timesteps, as in diffusers
        for (int i = 0; i <= steps; ++i)
            schedule.sigmas.push_back(
                std::exp(linspacePoint(std::log(training.back()), std::log(training.front()), steps + 1, i)));
    }
    if (config.sigmaSpacing != SigmaSpacing::OfTimesteps) {
        schedule.sigmas = curve(config, schedule.sigmas.front(), schedule.sigmas.back(), steps);
        std::transform(schedule.sigmas.begin(), schedule.sigmas.end(), schedule.timesteps.begin(),
                       [&](double sigma) { return timestepOfSigma(sigma, training); });
    }
    finish(schedule, config, training.front());
    return schedule;
}

SigmaSchedule solverSchedule(const SchedulerConfig& config, int steps, bool likeUniPC)
{
    checkSteps(steps, config.numTrainTimesteps);
    const std::vector<double> training = trainingSigmas(config);
    SigmaSchedule schedule;
    double smallest = training.front();
    if (config.sigmaSpacing == SigmaSpacing::OfTimesteps) {
        schedule.timesteps = solverTimesteps(config, steps, training);
        schedule.sigmas = interpolated(schedule.timesteps, training);
    } else {
        schedule.sigmas = curve(config, training.back(), training.front(), steps);
        const bool smooth = config.sigmaSpacing == SigmaSpacing::Karras || config.sigmaSpacing == SigmaSpacing::Lu;
        const bool rounds = smooth && (likeUniPC || config.betaSchedule != BetaSchedule::SquaredCosCap);
        for (const double sigma : schedule.sigmas) {
            const double t = timestepOfSigma(sigma, training);
            schedule.timesteps.push_back(rounds ? std::nearbyint(t) : std::floor(t));
        }
        if (likeUniPC)
            smallest = schedule.sigmas.back();
    }
    finish(schedule, config, smallest);
    return schedule;
}

} // namespace pentimento
