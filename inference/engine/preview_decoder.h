// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/engine/model_loader.h"

namespace pentimento {

/// What the names and shapes of the tensors say. Throws Exception(BadInput) naming the tensor.
AutoencoderTinyConfig deducedTinyConfig(const TensorMap& tensors);

/// Gives the model the tiny autoencoder at `path`, which must carry its latents, or when that is empty one that lies on
/// the models' search path; one that was only found and does not fit becomes a notice. Throws Exception(BadInput).
void addPreviewDecoder(LoadedModel& model, const std::filesystem::path& path, const ForwardContext& context);

} // namespace pentimento
