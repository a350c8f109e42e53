// SPDX-License-Identifier: Apache-2.0
#include "inference/api/error.h"
#include "inference/api/scheduler_names.h"
#include "inference/schedulers/algorithms.h"

#include <algorithm>
#include <string_view>

namespace pentimento {
namespace {

/// A class of diffusers, and which fields it has of those that most do not.
struct Algorithm {
    std::string_view className;
    std::unique_ptr<Scheduler> (*make)(SchedulerConfig);
    bool zeroSnr = false;    ///< rescale_betas_zero_snr
    bool finalSigma = false; ///< final_sigmas_type
};

const Algorithm algorithms[] = {
    {"DDIMScheduler", nullptr, true}, // takes eta
    {"DDPMScheduler", makeDDPM, true},
    {"PNDMScheduler", makePNDM},
    {"LCMScheduler", makeLCM, true},
    {"EulerDiscreteScheduler", makeEulerDiscrete, true, true},
    {"EulerAncestralDiscreteScheduler", makeEulerAncestralDiscrete, true},
    {"HeunDiscreteScheduler", makeHeunDiscrete},
    {"LMSDiscreteScheduler", makeLMSDiscrete},
    {"KDPM2DiscreteScheduler", makeKDPM2Discrete},
    {"KDPM2AncestralDiscreteScheduler", makeKDPM2AncestralDiscrete},
    {"DPMSolverMultistepScheduler", makeDPMSolverMultistep, true, true},
    {"DPMSolverSinglestepScheduler", makeDPMSolverSinglestep, false, true},
    {"DEISMultistepScheduler", makeDEISMultistep},
    {"UniPCMultistepScheduler", makeUniPCMultistep, true, true},
};

const Algorithm* algorithmOf(const std::string& className)
{
    const auto it = std::find_if(std::begin(algorithms), std::end(algorithms),
                                 [&](const Algorithm& algorithm) { return algorithm.className == className; });
    return it == std::end(algorithms) ? nullptr : it;
}

/// Without what the config has left from another class, which diffusers does not look at.
std::unique_ptr<Scheduler> makeFromClass(SchedulerConfig config, double eta)
{
    const Algorithm& algorithm = *algorithmOf(config.className);
    config.rescaleBetasZeroSnr = config.rescaleBetasZeroSnr && algorithm.zeroSnr;
    if (!algorithm.finalSigma)
        config.finalSigma = FinalSigma::Zero;
    if (config.className != "EulerDiscreteScheduler")
        config.interpolationType = "linear";
    if (config.className != "DPMSolverMultistepScheduler" && config.sigmaSpacing == SigmaSpacing::Lu)
        config.sigmaSpacing = SigmaSpacing::OfTimesteps;
    return algorithm.make ? algorithm.make(std::move(config)) : makeDDIM(std::move(config), eta);
}

/// What each name stands for, besides what is the model's; absent fields have their class's defaults.
struct Named {
    std::string_view name;
    const char* config;
};

const Named named[] = {
    {"ddim", R"({"_class_name": "DDIMScheduler", "clip_sample": false, "set_alpha_to_one": false, "steps_offset": 1})"},
    {"ddpm", R"({"_class_name": "DDPMScheduler", "clip_sample": false, "steps_offset": 1})"},
    {"pndm", R"({"_class_name": "PNDMScheduler", "skip_prk_steps": true, "set_alpha_to_one": false, "steps_offset": 1})"},
    {"euler", R"({"_class_name": "EulerDiscreteScheduler", "timestep_spacing": "leading", "steps_offset": 1})"},
    {"euler-karras", R"({"_class_name": "EulerDiscreteScheduler", "use_karras_sigmas": true})"},
    {"euler-ancestral", R"({"_class_name": "EulerAncestralDiscreteScheduler", "steps_offset": 1})"},
    {"heun", R"({"_class_name": "HeunDiscreteScheduler"})"},
    {"dpmpp-2m", R"({"_class_name": "DPMSolverMultistepScheduler", "steps_offset": 1})"},
    {"dpmpp-2m-karras", R"({"_class_name": "DPMSolverMultistepScheduler", "use_karras_sigmas": true})"},
    {"dpmpp-2m-sde-karras",
     R"({"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": true})"},
    {"unipc", R"({"_class_name": "UniPCMultistepScheduler", "steps_offset": 1})"},
    {"lcm", R"({"_class_name": "LCMScheduler", "set_alpha_to_one": true, "steps_offset": 1})"},
};

SchedulerConfig configOfName(const std::string& name, const SchedulerConfig& model)
{
    const auto it = std::find_if(std::begin(named), std::end(named), [&](const Named& n) { return n.name == name; });
    if (it == std::end(named))
        throw Exception(ErrorCode::Unsupported, "there is no scheduler \"" + name + "\"", "scheduler",
                        "use " + schedulerNameList());
    SchedulerConfig config = parseSchedulerConfig(Json::parse(it->config), name);
    config.where = model.where;
    config.numTrainTimesteps = model.numTrainTimesteps;
    config.betaStart = model.betaStart;
    config.betaEnd = model.betaEnd;
    config.betaSchedule = model.betaSchedule;
    config.trainedBetas = model.trainedBetas;
    config.predictionType = model.predictionType;
    config.rescaleBetasZeroSnr = model.rescaleBetasZeroSnr;
    if (model.rescaleBetasZeroSnr) {
        if (!algorithmOf(config.className)->zeroSnr)
            throw Exception(ErrorCode::Unsupported,
                            "the scheduler \"" + name + "\" cannot start without any signal, as this model was trained to",
                            "scheduler", "use model, ddim, euler or dpmpp-2m");
        config.timestepSpacing = TimestepSpacing::Trailing;
    }
    return config;
}

} // namespace

std::unique_ptr<Scheduler> makeScheduler(const SchedulerConfig& config, const std::string& name, double eta, std::string* notice)
{
    if (!name.empty() && name != "model")
        return makeFromClass(configOfName(name, config), eta);
    if (algorithmOf(config.className))
        return makeFromClass(config, eta);
    if (notice)
        *notice = "the model's own scheduler, " + (config.className.empty() ? "unnamed" : config.className) +
                  ", is not available; DDIM runs instead";
    return makeFromClass(configOfName("ddim", config), eta);
}

} // namespace pentimento
