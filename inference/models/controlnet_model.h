// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/unet_2d_condition_model.h"

namespace pentimento {

/// A ControlNet's config.json, defaults as in diffusers.
struct ControlNetConfig : UNetEncoderConfig {
    std::int64_t conditioningChannels = 3;
    std::vector<int> conditioningChannelSteps = {16, 32, 96, 256}; ///< each but the first at half the resolution before
    bool bgr = false;                                              ///< the control picture's channels in reversed order

    /// Picture pixels per latent cell side.
    std::int64_t factor() const { return std::int64_t{1} << (conditioningChannelSteps.size() - 1); }
};

/// Throws Exception: BadInput for wrong types or sizes, Unsupported for a layout that this engine cannot run.
ControlNetConfig parseControlNetConfig(const Json& json, const std::string& where);

/// A trainable copy of a UNet's encoder that looks at a control picture and tells the UNet what to add to its skip
/// connections (Zhang, Rao, Agrawala 2023, "Adding Conditional Control to Text-to-Image Diffusion Models"). Immutable once
/// loaded.
class ControlNetModel {
public:
    static ControlNetModel load(const ControlNetConfig& config, const Weights& weights);
    const ControlNetConfig& config() const { return m_config; }

    /// Everything that depends on the prompt and the run's other conditions alone.
    EncodedContext encodeContext(const UNetConditions& conditions) const { return m_encoder.encodeContext(conditions, {}); }

    /// What the control picture alone decides, the same at every step. picture (1, conditioningChannels, h, w), 0..1 or what
    /// the ControlNet was trained with, sides multiples of factor().
    at::Tensor encodePicture(const at::Tensor& picture, const ForwardContext& context) const;

    /// sample (n, inChannels, h, w): latents as the UNet sees them; `hint` from encodePicture of as many cells. Everything is
    /// multiplied with `scale`.
    ControlResiduals forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded, const at::Tensor& hint,
                             double scale, const ForwardContext& context) const;

private:
    ControlNetConfig m_config;
    UNetEncoder m_encoder;
    std::vector<Conv2d> m_conditioning;
    std::vector<Conv2d> m_zeroDown; ///< named for what training starts them from
    Conv2d m_zeroMid;
};

} // namespace pentimento
