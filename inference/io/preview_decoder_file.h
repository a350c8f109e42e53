// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/tensor_map.h"

namespace pentimento {

/// A tiny autoencoder (TAESD) under diffusers' names, decoder.layers.N and, where it is there, encoder.layers.N: from a
/// diffusers folder, its one file, or the original's taesd_decoder.safetensors. Throws Exception(BadInput) naming the file.
std::shared_ptr<const TensorMap> openPreviewDecoder(const std::filesystem::path& path);

/// One on the search path of models: a folder or file whose name begins with "taesdxl" for Stable Diffusion XL, else with
/// "taesd". Empty when there is none; what it holds is told when it is opened.
std::filesystem::path findPreviewDecoder(bool xl);

} // namespace pentimento
