// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/model_parts.h"

namespace pentimento {

/// A checkpoint in the original layout of Stable Diffusion 1, 2 or XL (CompVis, Stability AI): one .safetensors file
/// with UNet, VAE and text encoders. Family and configs are deduced from the header; of the data, only a small tensor
/// of Stable Diffusion 2 is looked at, which tells what it predicts. Throws as openModel().
ModelParts openSingleFile(const std::filesystem::path& file);

/// The VAE of a file in the original layout, alone in it or with other networks, under diffusers' names. Null when there
/// is none.
std::shared_ptr<const TensorMap> originalVae(const std::shared_ptr<const TensorStore>& store);

/// The folder of CLIP's vocabulary (49,408 tokens), which no single file carries: installed with the program, else of
/// any model folder on the search path. Empty when there is none.
std::filesystem::path clipVocabularyFolder();
/// What to tell when it is needed for `model`.
Error vocabularyMissing(const std::filesystem::path& model);

} // namespace pentimento
