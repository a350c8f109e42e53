// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/models/attention.h"
#include "inference/models/resnet.h"

#include <optional>
#include <string>
#include <vector>

namespace pentimento {

/// What config.json says about the half of a UNet that leads down to its middle block, defaults as in diffusers. Lists have
/// one entry per down block.
struct UNetEncoderConfig {
    std::int64_t inChannels = 4;
    std::vector<std::string> downBlockTypes;
    std::string midBlockType; ///< empty: no mid block
    std::vector<int> blockOutChannels, layersPerBlock, heads, crossAttentionDim;
    std::vector<std::vector<int>> transformerLayers; ///< depth of every transformer, by block and layer
    std::int64_t normGroups = 32;
    double normEps = 1e-5;
    bool flipSinToCos = true;
    double freqShift = 0;
    std::int64_t additionTimeEmbedDim = 0; ///< Stable Diffusion XL: width per time id; 0: no added conditions
    std::int64_t additionInputDim = 0;     ///< pooled text and embedded time ids together
    std::int64_t timeChannels() const { return static_cast<std::int64_t>(blockOutChannels.front()) * 4; }
};

/// What a run is conditioned on, besides the timestep. n pictures.
struct UNetConditions {
    at::Tensor text;     ///< (n, tokens, crossAttentionDim)
    at::Tensor pooled;   ///< (n, ...): pooled text embedding, where additionTimeEmbedDim > 0
    at::Tensor timeIds;  ///< (n, ids): sizes, crop and so on, likewise
    double guidance = 1; ///< read by UNets with timeCondProjDim > 0 (Luo et al. 2023, "Latent Consistency Models")
};

/// One resolution of a UNet: residual blocks, each followed by a transformer or not.
struct UNetBlock {
    std::vector<ResnetBlock2D> resnets;
    std::vector<Transformer2DModel> attentions; ///< empty or one per resnet
    std::optional<Downsample2D> downsample;
    std::optional<Upsample2D> upsample;
};

bool hasCrossAttention(const std::string& blockType);

/// The way down and the middle of a UNet, which ControlNetModel has a copy of (Zhang et al. 2023, "Adding Conditional Control
/// to Text-to-Image Diffusion Models").
class UNetEncoder {
public:
    static UNetEncoder load(const UNetEncoderConfig& config, const Weights& weights);

    /// Keys and values of `blocks`' cross-attentions, which it numbers in this order behind those of the encoder.
    void numberContexts(std::vector<UNetBlock>& blocks);
    /// What depends on the conditions alone; `blocks` as they were numbered. Throws Exception(BadInput) where sizes do not fit.
    EncodedContext encodeContext(const UNetConditions& conditions, const std::vector<UNetBlock>& blocks) const;

    struct Features {
        at::Tensor time;               ///< silu of the time embedding, (1 or n, timeChannels)
        std::vector<at::Tensor> skips; ///< every block's outputs, the first layer's before them
        at::Tensor middle;             ///< the middle block's output
    };
    /// sample (n, inChannels, h, w). `hint`: added to the first layer's output, of its shape; undefined: nothing is.
    Features forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded, const at::Tensor& hint,
                     const ForwardContext& context) const;

private:
    void loadDownBlocks(const Weights& weights);
    void loadMidBlock(const Weights& weights);
    at::Tensor sinusoids(const at::Tensor& values, std::int64_t width) const;
    at::Tensor timeEmbedding(double timestep, const EncodedContext& encoded) const;

    UNetEncoderConfig m_config;
    Linear m_timeLinear1, m_timeLinear2;
    std::optional<Linear> m_addLinear1, m_addLinear2;
    Conv2d m_convIn;
    std::vector<UNetBlock> m_downBlocks;
    UNetBlock m_midBlock; ///< two resnets around one transformer, one resnet alone, or empty
};

} // namespace pentimento
