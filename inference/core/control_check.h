// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/request.h"

namespace pentimento {

/// Ranges of one control. Throws Exception(Usage) naming the key ("control_scale", "control_start").
void checkControlValues(const ControlChoice& control);

/// The same for every control of a request, and that it has something to look at. Throws Exception: Usage, or BadInput where
/// there is no picture.
void checkControls(const Request& request);

} // namespace pentimento
