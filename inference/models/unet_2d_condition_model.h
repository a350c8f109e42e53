// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/unet_encoder.h"

namespace pentimento {

/// unet/config.json of a diffusers folder, defaults as in diffusers. Lists have one entry per block, from the lowest
/// resolution upwards.
struct UNet2DConditionConfig : UNetEncoderConfig {
    std::int64_t sampleSize = 64;
    std::int64_t outChannels = 4;
    std::vector<std::string> upBlockTypes;
    std::vector<std::vector<int>> upTransformerLayers; ///< depth of every transformer, by block and layer
    std::int64_t timeCondProjDim = 0;                  ///< LCM: width of the guidance embedding; 0: none
};

/// What ControlNets add to the UNet on its way: one tensor per skip connection, in their order, and the middle block's.
struct ControlResiduals {
    std::vector<at::Tensor> down;
    at::Tensor mid;
};

/// Throws Exception: BadInput for wrong types or sizes, Unsupported for a layout that this engine cannot run.
UNet2DConditionConfig parseUNetConfig(const Json& json, const std::string& where);
/// The part that a ControlNet's config.json has too.
UNetEncoderConfig parseUNetEncoderConfig(const Json& json, const std::string& where);

/// The denoising network of Stable Diffusion, for any block layout its families use.
class UNet2DConditionModel {
public:
    static UNet2DConditionModel load(const UNet2DConditionConfig& config, const Weights& weights);
    const UNet2DConditionConfig& config() const { return m_config; }

    /// Everything that depends on the conditions alone. Throws Exception(BadInput) where their sizes do not fit.
    EncodedContext encodeContext(const UNetConditions& conditions) const;

    /// sample (n, inChannels, h, w), any h and w; returns (n, outChannels, h, w). `control`: null without ControlNets.
    at::Tensor forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded, const ForwardContext& context,
                       const ControlResiduals* control = nullptr) const;

private:
    std::vector<UNetBlock> loadUpBlocks(const Weights& weights) const;

    UNet2DConditionConfig m_config;
    UNetEncoder m_encoder;
    std::optional<Linear> m_condProj;
    std::vector<UNetBlock> m_upBlocks;
    GroupNorm m_convNormOut;
    Conv2d m_convOut;
};

} // namespace pentimento
