// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/run_settings.h"

namespace pentimento {

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
