// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_check.h"
#include "inference/core/work_meter.h"
#include "inference/models/layers.h"

namespace pentimento {

/// Everything `models verify` tells of a model: hashes, every tensor's place, shape and values, and, where these are
/// sound, one evaluation of the UNet and one round trip through the VAE at a small size. Throws Exception where the model
/// cannot be opened at all, CancelledException.
ModelCheck verifyModel(const std::filesystem::path& path, WorkMeter& meter, const ForwardContext& context);

} // namespace pentimento
