// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/models/attention.h"
#include "inference/models/resnet.h"

#include <optional>
#include <string>
#include <vector>

namespace pentimento {

/// vae/config.json of a diffusers folder, defaults as in diffusers.
struct AutoencoderKLConfig {
    std::int64_t inChannels = 3, outChannels = 3, latentChannels = 4;
    std::vector<int> blockOutChannels;
    std::int64_t layersPerBlock = 1, normGroups = 32;
    double scalingFactor = 0.18215, shiftFactor = 0;
    bool midBlockAttention = true, quantConv = true, postQuantConv = true;
    std::int64_t factor() const { return std::int64_t{1} << (blockOutChannels.size() - 1); }
};

AutoencoderKLConfig parseVaeConfig(const Json& json, const std::string& where);

/// Mean and log variance of the latents' distribution, each (n, latentChannels, h, w), unscaled.
struct DiagonalGaussian {
    at::Tensor mean, logvar;
};

/// The picture codec of Stable Diffusion (Rombach et al. 2022).
class AutoencoderKL {
public:
    static AutoencoderKL load(const AutoencoderKLConfig& config, const Weights& weights);
    const AutoencoderKLConfig& config() const { return m_config; }
    /// picture (n, 3, h, w) in -1..1, sides multiples of factor().
    DiagonalGaussian encode(const at::Tensor& picture, const ForwardContext& context) const;
    /// latents (n, latentChannels, h, w), unscaled; returns (n, 3, h * factor, w * factor), about -1..1.
    at::Tensor decode(const at::Tensor& latents, const ForwardContext& context) const;

private:
    struct MidAttention {
        GroupNorm norm;
        Attention attention;
    };
    struct MidBlock {
        std::vector<ResnetBlock2D> resnets;
        std::optional<MidAttention> attention;
    };
    struct Level {
        std::vector<ResnetBlock2D> resnets;
        std::optional<Downsample2D> downsample;
        std::optional<Upsample2D> upsample;
    };
    struct Coder {
        Conv2d convIn, convOut;
        std::vector<Level> levels;
        MidBlock mid;
        GroupNorm normOut;
    };
    static MidBlock loadMid(const Weights& weights, std::int64_t channels, const AutoencoderKLConfig& config);
    static at::Tensor runMid(const MidBlock& mid, at::Tensor x, const ForwardContext& context);

    AutoencoderKLConfig m_config;
    Coder m_encoder, m_decoder;
    std::optional<Conv2d> m_quantConv, m_postQuantConv;
};

} // namespace pentimento
