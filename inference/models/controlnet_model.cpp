// SPDX-License-Identifier: Apache-2.0
#include "inference/models/controlnet_model.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {
namespace {

/// The convolutions from the control picture to the first layer's features; silu between them.
std::vector<Conv2d> loadConditioning(const ControlNetConfig& config, const Weights& weights)
{
    const std::vector<int>& steps = config.conditioningChannelSteps;
    std::vector<Conv2d> layers{Conv2d::load(weights / "conv_in", config.conditioningChannels, steps.front(), 3)};
    for (std::size_t i = 0; i + 1 < steps.size(); ++i) {
        layers.push_back(Conv2d::load(weights / "blocks" / (2 * i), steps[i], steps[i], 3));
        layers.push_back(Conv2d::load(weights / "blocks" / (2 * i + 1), steps[i], steps[i + 1], 3, 2));
    }
    layers.push_back(Conv2d::load(weights / "conv_out", steps.back(), config.blockOutChannels.front(), 3));
    return layers;
}

/// One for each skip connection of the encoder.
std::vector<Conv2d> loadZeroConvolutions(const ControlNetConfig& config, const Weights& weights)
{
    std::vector<Conv2d> layers;
    const auto add = [&](std::int64_t channels) {
        layers.push_back(Conv2d::load(weights / layers.size(), channels, channels, 1));
    };
    add(config.blockOutChannels.front());
    for (std::size_t i = 0; i < config.blockOutChannels.size(); ++i) {
        const bool halves = i + 1 < config.blockOutChannels.size();
        for (int j = 0; j < config.layersPerBlock[i] + (halves ? 1 : 0); ++j)
            add(config.blockOutChannels[i]);
    }
    return layers;
}

} // namespace

ControlNetConfig parseControlNetConfig(const Json& json, const std::string& where)
{
    ControlNetConfig config;
    static_cast<UNetEncoderConfig&>(config) = parseUNetEncoderConfig(json, where);
    config.conditioningChannels = jsonValue<std::int64_t>(json, "conditioning_channels", 3, where);
    config.conditioningChannelSteps =
        jsonValue(json, "conditioning_embedding_out_channels", config.conditioningChannelSteps, where);
    const std::string order = jsonValue<std::string>(json, "controlnet_conditioning_channel_order", "rgb", where);
    config.bgr = order == "bgr";
    if (order != "rgb" && order != "bgr")
        throwJsonType("controlnet_conditioning_channel_order", "rgb or bgr", where);
    const std::vector<int>& steps = config.conditioningChannelSteps;
    if (steps.empty() || steps.size() > 8 || std::any_of(steps.begin(), steps.end(), [](int n) { return n < 1 || n > 4096; }))
        throwJsonType("conditioning_embedding_out_channels", "one to eight numbers of channels", where);
    if (config.conditioningChannels != 3)
        throw Exception(ErrorCode::Unsupported,
                        "this ControlNet takes pictures of " + std::to_string(config.conditioningChannels) + " channels", where,
                        "use one that takes colour pictures");
    if (jsonValue(json, "global_pool_conditions", false, where))
        throw Exception(ErrorCode::Unsupported, "this ControlNet takes a picture as a whole (global_pool_conditions)", where,
                        "use one that looks at places, such as canny, depth or inpaint");
    return config;
}

ControlNetModel ControlNetModel::load(const ControlNetConfig& config, const Weights& weights)
{
    ControlNetModel model;
    model.m_config = config;
    model.m_encoder = UNetEncoder::load(config, weights);
    model.m_conditioning = loadConditioning(config, weights / "controlnet_cond_embedding");
    model.m_zeroDown = loadZeroConvolutions(config, weights / "controlnet_down_blocks");
    const std::int64_t last = config.blockOutChannels.back();
    model.m_zeroMid = Conv2d::load(weights / "controlnet_mid_block", last, last, 1);
    std::vector<UNetBlock> none;
    model.m_encoder.numberContexts(none);
    return model;
}

at::Tensor ControlNetModel::encodePicture(const at::Tensor& picture, const ForwardContext& context) const
{
    at::Tensor x = (m_config.bgr ? picture.flip({1}) : picture).contiguous(at::MemoryFormat::ChannelsLast);
    for (const Conv2d& layer : m_conditioning)
        x = layer(&layer == &m_conditioning.front() ? x : at::silu(x), context);
    return x;
}

ControlResiduals ControlNetModel::forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded,
                                          const at::Tensor& hint, double scale, const ForwardContext& context) const
{
    const UNetEncoder::Features features = m_encoder.forward(sample, timestep, encoded, hint, context);
    ControlResiduals residuals;
    for (std::size_t i = 0; i < features.skips.size(); ++i)
        residuals.down.push_back(m_zeroDown[i](features.skips[i], context).mul_(scale));
    residuals.mid = m_zeroMid(features.middle, context).mul_(scale);
    return residuals;
}

} // namespace pentimento
