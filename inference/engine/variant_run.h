// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/engine/run_settings.h"

#include <functional>

namespace pentimento {

/// Announces the run and makes its pictures, `take` getting each as (1, 3, h, w) in 0..1: one after the other, so that each
/// is exactly what its seed gives alone, or under `reference` all in one batch, as diffusers. `result` holds model, plan and
/// steps. Writes the request's dump. Throws Exception(BadInput) for a result that is no number, Exception(Output),
/// CancelledException.
void runVariants(const LoadedModel& model, const Request& request, const RunSettings& settings, Scheduler& scheduler,
                 const DiffusionInputs& inputs, const Result& result, EventSink& sink, const ForwardContext& context,
                 const std::function<void(const at::Tensor& picture, std::uint64_t seed)>& take);

} // namespace pentimento
