// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/scheduler_config.h"

#include "inference/api/error.h"

#include <algorithm>
#include <utility>

namespace pentimento {
namespace {

constexpr const char* freshCopy = "get a fresh copy of the file";

template <typename T> T oneOf(const Json& json, const char* key, T fallback,
                              std::initializer_list<std::pair<const char*, T>> known, const std::string& where)
{
    const std::string value = jsonValue<std::string>(json, key, {}, where);
    if (value.empty())
        return fallback;
    for (const auto& [name, meaning] : known) {
        if (value == name)
            return meaning;
    }
    throw Exception(ErrorCode::Unsupported, "\"" + std::string(key) + "\" is \"" + value + "\", which is not known here", where,
                    "use the config of a Stable Diffusion model");
}

std::optional<double> optionalNumber(const Json& json, const char* key, const std::string& where)
{
    if (!json.contains(key) || json.at(key).is_null())
        return std::nullopt;
    return jsonValue(json, key, 0.0, where);
}

SigmaSpacing sigmaSpacing(const Json& json, const std::string& where)
{
    SigmaSpacing chosen = SigmaSpacing::OfTimesteps;
    for (const auto& [key, meaning] :
         {std::pair{"use_karras_sigmas", SigmaSpacing::Karras}, std::pair{"use_exponential_sigmas", SigmaSpacing::Exponential},
          std::pair{"use_beta_sigmas", SigmaSpacing::Beta}, std::pair{"use_lu_lambdas", SigmaSpacing::Lu}}) {
        if (!jsonValue(json, key, false, where))
            continue;
        if (chosen != SigmaSpacing::OfTimesteps)
            throw Exception(ErrorCode::Unsupported,
                            "\"" + std::string(key) + "\" cannot be combined with another spacing of sigmas", where,
                            "leave only one of them true");
        chosen = meaning;
    }
    return chosen;
}

void checkNumbers(const SchedulerConfig& config)
{
    const auto fraction = [](double beta) { return beta > 0 && beta < 1; };
    const auto check = [&](bool sane, const char* what) {
        if (!sane)
            throw Exception(ErrorCode::BadInput, std::string("the noise schedule has impossible numbers: ") + what, config.where,
                            freshCopy);
    };
    check(config.numTrainTimesteps >= 1 && config.numTrainTimesteps <= 1'000'000, "num_train_timesteps");
    check(fraction(config.betaStart), "beta_start");
    check(fraction(config.betaEnd), "beta_end");
    check(config.trainedBetas.empty() || config.trainedBetas.size() == static_cast<std::size_t>(config.numTrainTimesteps),
          "trained_betas has another length than num_train_timesteps");
    check(std::all_of(config.trainedBetas.begin(), config.trainedBetas.end(), fraction), "trained_betas");
    check(config.stepsOffset >= 0, "steps_offset");
    check(config.sigmaMin.value_or(1) > 0, "sigma_min");
    check(config.sigmaMax.value_or(1) > 0, "sigma_max");
    check(!config.sigmaMin || !config.sigmaMax || *config.sigmaMin < *config.sigmaMax, "sigma_min is not below sigma_max");
    check(config.clipSampleRange > 0, "clip_sample_range");
    check(config.dynamicThresholdingRatio > 0 && config.dynamicThresholdingRatio <= 1, "dynamic_thresholding_ratio");
    check(config.sampleMaxValue >= 1, "sample_max_value");
    check(config.originalInferenceSteps >= 1, "original_inference_steps");
    check(config.timestepScaling > 0, "timestep_scaling");
    check(config.solverOrder >= 1, "solver_order");
}

} // namespace

SchedulerConfig parseSchedulerConfig(const Json& json, const std::string& where)
{
    SchedulerConfig config;
    const auto get = [&](const char* key, auto& value) { value = jsonValue(json, key, value, where); };
    config.where = where;
    get("_class_name", config.className);
    const auto isA = [&](std::initializer_list<const char*> names) {
        return std::any_of(names.begin(), names.end(), [&](const char* name) { return config.className == name; });
    };

    // Defaults that differ from class to class.
    const bool wholeSteps = isA({"DDIMScheduler", "DDPMScheduler", "PNDMScheduler", "LCMScheduler"}) || config.className.empty();
    config.timestepSpacing = wholeSteps ? TimestepSpacing::Leading : TimestepSpacing::Linspace;
    if (isA({"HeunDiscreteScheduler", "KDPM2DiscreteScheduler", "KDPM2AncestralDiscreteScheduler", "LCMScheduler"})) {
        config.betaStart = 0.00085;
        config.betaEnd = 0.012;
    }
    if (isA({"LCMScheduler"}))
        config.betaSchedule = BetaSchedule::ScaledLinear;
    config.clipSample = isA({"DDIMScheduler", "DDPMScheduler"});
    config.setAlphaToOne = !isA({"PNDMScheduler"});
    config.lowerOrderFinal = !isA({"DPMSolverSinglestepScheduler"});

    get("num_train_timesteps", config.numTrainTimesteps);
    get("beta_start", config.betaStart);
    get("beta_end", config.betaEnd);
    config.betaSchedule = oneOf<BetaSchedule>(json, "beta_schedule", config.betaSchedule,
                                              {{"linear", BetaSchedule::Linear},
                                               {"scaled_linear", BetaSchedule::ScaledLinear},
                                               {"squaredcos_cap_v2", BetaSchedule::SquaredCosCap},
                                               {"exp", BetaSchedule::Exp},
                                               {"sigmoid", BetaSchedule::Sigmoid}},
                                              where);
    get("trained_betas", config.trainedBetas);
    config.predictionType = oneOf<PredictionType>(
        json, "prediction_type", config.predictionType,
        {{"epsilon", PredictionType::Epsilon}, {"v_prediction", PredictionType::VPrediction}, {"sample", PredictionType::Sample}},
        where);
    get("rescale_betas_zero_snr", config.rescaleBetasZeroSnr);

    config.timestepSpacing = oneOf<TimestepSpacing>(
        json, "timestep_spacing", config.timestepSpacing,
        {{"leading", TimestepSpacing::Leading}, {"linspace", TimestepSpacing::Linspace}, {"trailing", TimestepSpacing::Trailing}},
        where);
    get("steps_offset", config.stepsOffset);
    config.sigmaSpacing = sigmaSpacing(json, where);
    config.sigmaMin = optionalNumber(json, "sigma_min", where);
    config.sigmaMax = optionalNumber(json, "sigma_max", where);
    config.finalSigma = oneOf<FinalSigma>(json, "final_sigmas_type", config.finalSigma,
                                          {{"zero", FinalSigma::Zero}, {"sigma_min", FinalSigma::SigmaMin}}, where);
    get("interpolation_type", config.interpolationType);
    get("timestep_type", config.timestepType);
    get("use_flow_sigmas", config.flowSigmas);
    config.lambdaMinClipped = optionalNumber(json, "lambda_min_clipped", where);
    get("original_inference_steps", config.originalInferenceSteps);
    get("timestep_scaling", config.timestepScaling);

    get("clip_sample", config.clipSample);
    get("clip_sample_range", config.clipSampleRange);
    get("thresholding", config.thresholding);
    get("dynamic_thresholding_ratio", config.dynamicThresholdingRatio);
    get("sample_max_value", config.sampleMaxValue);
    get("set_alpha_to_one", config.setAlphaToOne);

    get("solver_order", config.solverOrder);
    get("solver_type", config.solverType);
    get("algorithm_type", config.algorithmType);
    get("variance_type", config.varianceType);
    get("lower_order_final", config.lowerOrderFinal);
    get("euler_at_final", config.eulerAtFinal);
    get("predict_x0", config.predictX0);
    config.solverP = json.contains("solver_p") && !json.at("solver_p").is_null();
    get("disable_corrector", config.disableCorrector);
    get("skip_prk_steps", config.skipPrkSteps);
    checkNumbers(config);
    return config;
}

SchedulerConfig asInStableDiffusionPipeline(SchedulerConfig config)
{
    config.stepsOffset = 1;
    config.skipPrkSteps = true;
    return config;
}

void refuseField(const SchedulerConfig& config, const std::string& field, const std::string& reason)
{
    throw Exception(ErrorCode::Unsupported, config.className + ": \"" + field + "\" " + reason, config.where,
                    "choose another scheduler");
}

} // namespace pentimento
