// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/engine/model_loader.h"
#include "inference/schedulers/scheduler.h"

#include <memory>
#include <string>

namespace pentimento {

/// What is left open in the request, filled from the model.
struct RunSettings {
    DiffusionSettings diffusion;
    std::string scheduler;
    Prefill prefill = Prefill::None;
};
RunSettings resolveSettings(const Request& request, const ModelInfo& model);

/// Throws as makeScheduler; what is worth knowing goes to `sink`.
std::unique_ptr<Scheduler> schedulerFor(const LoadedModel& model, const RunSettings& settings, double eta, EventSink& sink);

} // namespace pentimento
