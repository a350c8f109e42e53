// SPDX-License-Identifier: Apache-2.0
#include "inference/api/error.h"
#include "inference/schedulers/scheduler.h"

#include <algorithm>
#include <cmath>

namespace pentimento {

SchedulerConfig parseSchedulerConfig(const Json& json, const std::string& where)
{
    SchedulerConfig config;
    config.className = jsonValue<std::string>(json, "_class_name", {}, where);
    config.numTrainTimesteps = jsonValue(json, "num_train_timesteps", config.numTrainTimesteps, where);
    config.betaStart = jsonValue(json, "beta_start", config.betaStart, where);
    config.betaEnd = jsonValue(json, "beta_end", config.betaEnd, where);
    config.betaSchedule = jsonValue(json, "beta_schedule", config.betaSchedule, where);
    config.trainedBetas = jsonValue(json, "trained_betas", std::vector<double>{}, where);
    config.predictionType = jsonValue(json, "prediction_type", config.predictionType, where);
    config.timestepSpacing = jsonValue(json, "timestep_spacing", config.timestepSpacing, where);
    config.rescaleBetasZeroSnr = jsonValue(json, "rescale_betas_zero_snr", false, where);
    config.stepsOffset = jsonValue(json, "steps_offset", 0, where);
    config.setAlphaToOne = jsonValue(json, "set_alpha_to_one", true, where);
    // Only some classes clip by default; the others have no such field.
    const bool clips = config.className == "DDIMScheduler" || config.className == "DDPMScheduler";
    config.clipSample = jsonValue(json, "clip_sample", clips, where);
    config.clipSampleRange = jsonValue(json, "clip_sample_range", 1.0, where);
    config.thresholding = jsonValue(json, "thresholding", false, where);
    config.dynamicThresholdingRatio = jsonValue(json, "dynamic_thresholding_ratio", 0.995, where);
    config.sampleMaxValue = jsonValue(json, "sample_max_value", 1.0, where);

    const auto oneOf = [&](const std::string& value, std::initializer_list<const char*> known, const char* key) {
        if (std::none_of(known.begin(), known.end(), [&](const char* k) { return value == k; }))
            throw Exception(ErrorCode::Unsupported, "\"" + std::string(key) + "\" is \"" + value + "\", which is not known here",
                            where, "use the config of a Stable Diffusion model");
    };
    oneOf(config.betaSchedule, {"linear", "scaled_linear", "squaredcos_cap_v2"}, "beta_schedule");
    oneOf(config.predictionType, {"epsilon", "v_prediction", "sample"}, "prediction_type");
    oneOf(config.timestepSpacing, {"leading", "linspace", "trailing"}, "timestep_spacing");
    const bool betasSane = config.betaStart > 0 && config.betaStart < 1 && config.betaEnd > 0 && config.betaEnd < 1;
    if (config.numTrainTimesteps < 1 || config.numTrainTimesteps > 1'000'000 || !betasSane || config.stepsOffset < 0)
        throw Exception(ErrorCode::BadInput, "the noise schedule has impossible numbers", where, "get a fresh copy of the file");
    if (!config.trainedBetas.empty() && config.trainedBetas.size() != static_cast<std::size_t>(config.numTrainTimesteps))
        throw Exception(ErrorCode::BadInput, "trained_betas has another length than num_train_timesteps", where,
                        "get a fresh copy of the file");
    return config;
}

namespace {

std::vector<double> betas(const SchedulerConfig& config)
{
    if (!config.trainedBetas.empty())
        return config.trainedBetas;
    const int count = config.numTrainTimesteps;
    std::vector<double> values(static_cast<std::size_t>(count));
    const bool scaled = config.betaSchedule == "scaled_linear";
    const double first = scaled ? std::sqrt(config.betaStart) : config.betaStart;
    const double last = scaled ? std::sqrt(config.betaEnd) : config.betaEnd;
    const auto alphaBar = [](double t) {
        const double c = std::cos((t + 0.008) / 1.008 * std::acos(-1.0) / 2);
        return c * c;
    };
    for (int i = 0; i < count; ++i) {
        double& value = values[static_cast<std::size_t>(i)];
        if (config.betaSchedule == "squaredcos_cap_v2") {
            value = std::min(1.0 - alphaBar((i + 1.0) / count) / alphaBar(static_cast<double>(i) / count), 0.999);
        } else {
            value = count == 1 ? first : first + (last - first) * i / (count - 1);
            value = scaled ? value * value : value;
        }
    }
    return values;
}

} // namespace

std::vector<double> alphasCumprod(const SchedulerConfig& config)
{
    std::vector<double> alphas;
    double product = 1;
    for (const double beta : betas(config)) {
        product *= 1 - beta;
        alphas.push_back(product);
    }
    if (config.rescaleBetasZeroSnr && alphas.size() > 1) {
        const double first = std::sqrt(alphas.front()), last = std::sqrt(alphas.back());
        for (double& alpha : alphas) {
            const double root = (std::sqrt(alpha) - last) * first / (first - last);
            alpha = root * root;
        }
        alphas.back() = 0;
    }
    return alphas;
}

std::vector<double> spacedTimesteps(const SchedulerConfig& config, int steps)
{
    const int train = config.numTrainTimesteps;
    if (steps < 1 || steps > train)
        throw Exception(ErrorCode::Usage, "the number of steps is out of range", "steps", "give 1 to " + std::to_string(train));
    std::vector<double> timesteps;
    for (int i = 0; i < steps; ++i) {
        double t = 0;
        if (config.timestepSpacing == "linspace")
            t = std::nearbyint(steps == 1 ? 0.0 : static_cast<double>(train - 1) * (steps - 1 - i) / (steps - 1));
        else if (config.timestepSpacing == "leading")
            t = static_cast<double>(train / steps) * (steps - 1 - i) + config.stepsOffset;
        else
            t = std::nearbyint(train - static_cast<double>(train) / steps * i) - 1;
        timesteps.push_back(std::min(t, train - 1.0));
    }
    return timesteps;
}

} // namespace pentimento
