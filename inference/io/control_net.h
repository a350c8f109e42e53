// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/model_parts.h"

namespace pentimento {

/// Config (as in diffusers' config.json, read or deduced) and tensors of a ControlNet. Weights are mapped, none is read.
/// Throws Exception: BadInput naming the file or tensor that is missing, damaged, or no ControlNet; Unsupported for one of a
/// kind that this program does not run.
NetworkPart openControlNet(const std::filesystem::path& path);

} // namespace pentimento
