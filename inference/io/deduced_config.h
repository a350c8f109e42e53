// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/io/tensor_map.h"

namespace pentimento {

// The configs that diffusers would keep beside a network, deduced from the shapes of its tensors; what shapes do not
// show (heads, norm groups, activation) is as in the family. Throw Exception(BadInput) naming the tensor that is
// missing, Exception(Unsupported) for a layout that configs cannot express.

/// unet/config.json, but for sample_size.
Json deducedUNetConfig(const TensorMap& unet);

/// config.json of a ControlNet.
Json deducedControlNetConfig(const TensorMap& network);

/// vae/config.json. `xl`: Stable Diffusion XL scales its latents otherwise.
Json deducedVaeConfig(const TensorMap& vae, bool xl);

/// text_encoder/config.json. `openClip`: it activates by gelu, CLIP's own by quick_gelu. `dropLast`: Stable Diffusion 2
/// reads the second last layer, and its folders have no last one. `projected`: with the pooled embedding.
struct TextEncoderKind {
    bool openClip = false;
    bool dropLast = false;
    bool projected = false;
};
Json deducedTextConfig(const TensorMap& text, const TextEncoderKind& kind);

/// Number of consecutive N from 0 for which a tensor `before`N`after` exists.
std::size_t countLayers(const TensorMap& tensors, const std::string& before, const std::string& after);

} // namespace pentimento
