// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/engine/control_nets.h"

namespace pentimento {

/// The edit: crop around the mask, inpaint at working size, paste back at full resolution. `controls`: one per control of
/// the request.
Result runEdit(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
               const ForwardContext& context);

} // namespace pentimento
