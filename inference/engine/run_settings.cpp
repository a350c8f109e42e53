// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/run_settings.h"

#include "inference/core/control_check.h"

#include <cmath>

namespace pentimento {
namespace {

[[noreturn]] void usage(const std::string& what, const std::string& option, const std::string& remedy)
{
    throw Exception(ErrorCode::Usage, what, option, remedy);
}

} // namespace

void checkRequest(const Request& request)
{
    const auto finite = [](const std::optional<double>& value) { return !value || std::isfinite(*value); };
    if (request.task != Task::Generate && request.image.empty())
        throw Exception(ErrorCode::BadInput, "there is no picture", "image", "open one");
    if (request.task == Task::Inpaint && (request.mask.empty() || request.mask.channels != 1 || request.mask.bits != 8))
        throw Exception(ErrorCode::BadInput, "there is no mask", "mask", "paint over what should change");
    if (request.steps && (*request.steps < 1 || *request.steps > 1000))
        usage("the number of steps is out of range", "steps", "give 1 to 1000");
    if (!finite(request.guidance) || request.guidance.value_or(1) < 0 || request.guidance.value_or(1) > 100)
        usage("the guidance is out of range", "guidance", "give 0 to 100");
    if (!finite(request.strength) || request.strength.value_or(1) <= 0 || request.strength.value_or(1) > 1)
        usage("the strength is out of range", "strength", "give more than 0 and at most 1");
    if (!std::isfinite(request.eta) || request.eta < 0 || request.eta > 1)
        usage("eta is out of range", "eta", "give 0 to 1");
    if (request.batch < 1 || request.batch > 64)
        usage("the batch is out of range", "batch", "give 1 to 64");
    if (request.threads < 0 || request.threads > 1024)
        usage("the number of threads is out of range", "threads", "give 0 (all) to 1024");
    checkControls(request);
    if (request.device != "auto" && request.device != "cpu")
        throw Exception(ErrorCode::Unsupported, "the device \"" + request.device + "\" is not available in this version",
                        "device", "use auto or cpu");
    if (request.dtype != "auto" && request.dtype != "float32")
        throw Exception(ErrorCode::Unsupported, "the type \"" + request.dtype + "\" is not available in this version", "dtype",
                        "use auto or float32");
    if (request.mode == Mode::Expand)
        throw Exception(ErrorCode::Unsupported, "the mode \"expand\" is not available in this version", "mode",
                        "use fill, erase or refine");
}

RunSettings resolveSettings(const Request& request, const ModelInfo& model)
{
    const RunDefaults defaults = runDefaults(model, request.mode);
    RunSettings settings;
    settings.diffusion.steps = request.steps.value_or(defaults.steps);
    settings.diffusion.guidance = request.guidance.value_or(defaults.guidance);
    settings.diffusion.strength = request.strength.value_or(defaults.strength);
    settings.diffusion.reference = settings.diffusion.nearestMask = request.reference;
    settings.diffusion.clipSkip = request.clipSkip;
    settings.scheduler = request.scheduler.empty() ? defaults.scheduler : request.scheduler;
    settings.prefill = request.prefill == Prefill::Auto ? model.prefill : request.prefill;
    if (request.reference)
        settings.prefill = Prefill::None;
    return settings;
}

std::unique_ptr<Scheduler> schedulerFor(const LoadedModel& model, const RunSettings& settings, double eta, EventSink& sink)
{
    std::string notice;
    std::unique_ptr<Scheduler> scheduler = makeScheduler(model.schedulerConfig, settings.scheduler, eta, &notice);
    if (!notice.empty())
        sink.notice(notice);
    return scheduler;
}

} // namespace pentimento
