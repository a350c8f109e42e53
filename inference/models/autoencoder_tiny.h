// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/layers.h"

#include <optional>
#include <string>
#include <vector>

namespace pentimento {

/// One entry of a tiny autoencoder's sequence, in the order of its numbers; what has no weights goes before it.
struct TinyLayerConfig {
    std::size_t index = 0; ///< N of layers.N
    std::int64_t in = 0, out = 0;
    bool block = false; ///< three convolutions around which the input goes; else one convolution
    bool bias = true;   ///< of the one convolution
    bool halves = false;
    bool reluBefore = false, doublesBefore = false;
};

struct AutoencoderTinyConfig {
    std::vector<TinyLayerConfig> encoder; ///< empty: none
    std::vector<TinyLayerConfig> decoder;
};

/// TAESD, a small autoencoder for Stable Diffusion's latents (Ollin Boer Bohan, "Tiny AutoEncoder for Stable Diffusion";
/// diffusers' AutoencoderTiny).
class AutoencoderTiny {
public:
    static AutoencoderTiny load(const AutoencoderTinyConfig& config, const Weights& weights);

    /// picture (n, 3, h, w) in -1..1, sides multiples of the decoder's factor; returns scaled latents.
    at::Tensor encode(const at::Tensor& picture, const ForwardContext& context) const;
    /// Latents (n, c, h, w) as the UNet sees them; returns pictures, about -1..1.
    at::Tensor decode(const at::Tensor& latents, const ForwardContext& context) const;

private:
    struct Block {
        Conv2d first, second, third;
        std::optional<Conv2d> skip; ///< where the channel count changes
    };
    struct Layer {
        TinyLayerConfig config;
        std::optional<Conv2d> conv;
        std::optional<Block> block;
    };
    static std::vector<Layer> loadLayers(const std::vector<TinyLayerConfig>& configs, const Weights& weights);
    static at::Tensor run(const std::vector<Layer>& layers, at::Tensor x, const ForwardContext& context);

    std::vector<Layer> m_encoder, m_decoder;
};

} // namespace pentimento
