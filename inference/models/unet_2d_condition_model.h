// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/models/attention.h"
#include "inference/models/resnet.h"

#include <optional>
#include <string>
#include <vector>

namespace pentimento {

/// unet/config.json of a diffusers folder, defaults as in diffusers. Lists have one entry per down block.
struct UNet2DConditionConfig {
    std::int64_t sampleSize = 64;
    std::int64_t inChannels = 4, outChannels = 4;
    std::vector<std::string> downBlockTypes, upBlockTypes;
    std::string midBlockType; ///< empty: no mid block
    std::vector<int> blockOutChannels, layersPerBlock, heads, crossAttentionDim;
    /// Depth of every transformer, by block and layer; the decoder's from its lowest resolution upwards.
    std::vector<std::vector<int>> transformerLayers, upTransformerLayers;
    std::int64_t normGroups = 32;
    double normEps = 1e-5;
    bool flipSinToCos = true;
    double freqShift = 0;
    std::int64_t additionTimeEmbedDim = 0; ///< Stable Diffusion XL: width per time id; 0: no added conditions
    std::int64_t additionInputDim = 0;     ///< pooled text and embedded time ids together
    std::int64_t timeCondProjDim = 0;      ///< LCM: width of the guidance embedding; 0: none
};

/// What a run is conditioned on, besides the timestep. n pictures.
struct UNetConditions {
    at::Tensor text;     ///< (n, tokens, crossAttentionDim)
    at::Tensor pooled;   ///< (n, ...): pooled text embedding, where additionTimeEmbedDim > 0
    at::Tensor timeIds;  ///< (n, ids): sizes, crop and so on, likewise
    double guidance = 1; ///< read where timeCondProjDim > 0 (Luo et al. 2023, "Latent Consistency Models")
};

/// Throws Exception: BadInput for wrong types or sizes, Unsupported for a layout that this engine cannot run.
UNet2DConditionConfig parseUNetConfig(const Json& json, const std::string& where);

/// The denoising network of Stable Diffusion, for any block layout its families use.
class UNet2DConditionModel {
public:
    static UNet2DConditionModel load(const UNet2DConditionConfig& config, const Weights& weights);
    const UNet2DConditionConfig& config() const { return m_config; }

    /// Everything that depends on the conditions alone. Throws Exception(BadInput) where their sizes do not fit.
    EncodedContext encodeContext(const UNetConditions& conditions) const;

    /// sample (n, inChannels, h, w), any h and w; returns (n, outChannels, h, w).
    at::Tensor forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded,
                       const ForwardContext& context) const;

private:
    /// One resolution of the encoder or decoder: residual blocks, each followed by a transformer or not.
    struct Block {
        std::vector<ResnetBlock2D> resnets;
        std::vector<Transformer2DModel> attentions; ///< empty or one per resnet
        std::optional<Downsample2D> downsample;
        std::optional<Upsample2D> upsample;
    };
    at::Tensor sinusoids(const at::Tensor& values, std::int64_t width) const;
    at::Tensor timeEmbedding(double timestep, const EncodedContext& encoded) const;
    std::vector<Block> loadDownBlocks(const Weights& weights, std::int64_t timeChannels);
    std::vector<Block> loadUpBlocks(const Weights& weights, std::int64_t timeChannels);
    void numberContexts();
    template <typename Visit> void visitTransformers(Visit&& visit);
    template <typename Visit> void visitTransformers(Visit&& visit) const;

    UNet2DConditionConfig m_config;
    Linear m_timeLinear1, m_timeLinear2;
    std::optional<Linear> m_addLinear1, m_addLinear2, m_condProj;
    Conv2d m_convIn, m_convOut;
    GroupNorm m_convNormOut;
    std::vector<Block> m_downBlocks, m_upBlocks;
    Block m_midBlock; ///< two resnets around one transformer, one resnet alone, or empty
};

} // namespace pentimento
