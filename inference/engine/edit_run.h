// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/engine/model_loader.h"

namespace pentimento {

/// The edit: crop around the mask, inpaint at working size, paste back at full resolution.
Result runEdit(const LoadedModel& model, const Request& request, EventSink& sink, const ForwardContext& context);

} // namespace pentimento
