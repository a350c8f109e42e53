// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/engine/control_nets.h"

namespace pentimento {

/// Sets `inputs.controls` from the request: every control picture cut as the picture that is worked on (`crop`, in its
/// pixels) and resized to working size, edges or marks in it as its source says. `inputs` has its picture and mask, or its
/// size. `networks`: one per control of the request.
void addControls(const Request& request, const ControlNets::Networks& networks, const Rect& crop, DiffusionInputs& inputs);

} // namespace pentimento
