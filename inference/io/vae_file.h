// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/model_parts.h"

namespace pentimento {

/// Puts another VAE in place of the model's own: a .safetensors file in the original or in diffusers' layout, the folder of
/// a VAE, or a model folder with one. Where no config.json is beside it, its config is deduced, scaled as the model's
/// family is. Throws Exception(BadInput) naming the file: no VAE, a pickle, or other latents than the UNet's.
void replaceVae(ModelParts& parts, const std::filesystem::path& vae);

} // namespace pentimento
