// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/engine/model_loader.h"

namespace pentimento {

/// Ranges and sizes of everything that needs no model. Throws Exception(Usage or BadInput) naming the option.
void checkRequest(const Request& request);

/// The edit: crop around the mask, inpaint at working size, paste back at full resolution.
Result runEdit(const LoadedModel& model, const Request& request, EventSink& sink, const ForwardContext& context);

/// Exactly what diffusers' pipeline computes on the whole picture: no crop, no paste-back; the result's patch is the
/// picture at working size.
Result runReference(const LoadedModel& model, const Request& request, EventSink& sink, const ForwardContext& context);

} // namespace pentimento
