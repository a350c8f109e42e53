// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/engine/control_nets.h"

namespace pentimento {

// `controls`: one per control of the request.

/// Image to image: the whole picture at working size, from itself noised to `strength`, stretched back to its own size.
Result runTransform(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
                    const ForwardContext& context);

/// Text to image, at the request's size or the model's own.
Result runGenerate(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
                   const ForwardContext& context);

/// Exactly what diffusers' pipeline of the task computes on the whole picture: no crop, no paste-back; the result's
/// patch is the picture at working size.
Result runReference(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
                    const ForwardContext& context);

} // namespace pentimento
