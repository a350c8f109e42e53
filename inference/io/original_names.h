// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pentimento {

// Names of the original repositories (latent-diffusion, generative-models, OpenCLIP), below a network's prefix, turned
// into diffusers' and transformers'. Empty for what the network has no use for. Whole parts between dots are compared.

/// `blocksPerLevel`: input blocks from one resolution to the next, the one that halves included.
std::string diffusersUNetName(std::string_view key, std::size_t blocksPerLevel);

/// Of a ControlNet (lllyasviel's ControlNet repository), likewise.
std::string diffusersControlNetName(std::string_view key, std::size_t blocksPerLevel);

/// `levels`: resolutions, which the original's decoder counts from the picture and diffusers' from the latents.
std::string diffusersVaeName(std::string_view key, std::size_t levels);

/// Of a text encoder in transformers' own layout; the level "text_model." may be missing.
std::string transformersTextName(std::string_view key);

/// A tensor's place among transformers' names.
/// OpenCLIP keeps query, key and value in one matrix, and the projection transposed.
struct RenamedTensor {
    std::string name;
    int third = -1; ///< these rows of three parts; -1: all
    bool transposed = false;
};
std::vector<RenamedTensor> openClipTensors(std::string_view key);

/// The parts of "a.b.c". Views of `key`.
std::vector<std::string_view> keyParts(std::string_view key);
/// A whole number below 1000; -1 for everything else.
int keyIndex(std::string_view part);

} // namespace pentimento
