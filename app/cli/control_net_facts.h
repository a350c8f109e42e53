// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/control_net_info.h"
#include "inference/core/json.h"

namespace pentimento {

/// What `models inspect` tells about a ControlNet.
Json controlNetJson(const ControlNetInfo& info);
void printControlNet(const ControlNetInfo& info);
/// One line of `models list`.
void printControlNetLine(const ControlNetInfo& info);

} // namespace pentimento
