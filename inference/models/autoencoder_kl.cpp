// SPDX-License-Identifier: Apache-2.0
#include "inference/models/autoencoder_kl.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace {

constexpr double vaeEps = 1e-6;

// Older folders call the same four layers query, key, value and proj_attn.
Attention loadMidAttention(const Weights& weights, std::int64_t channels)
{
    const bool current = weights.has("to_q.weight");
    const auto layer = [&](const char* now, const char* before) {
        return Linear::load(weights / (current ? now : before), channels, channels);
    };
    return {layer("to_q", "query"), layer("to_k", "key"), layer("to_v", "value"), layer("to_out.0", "proj_attn"), 1};
}

} // namespace

AutoencoderKLConfig parseVaeConfig(const Json& json, const std::string& where)
{
    AutoencoderKLConfig config;
    config.inChannels = jsonValue<std::int64_t>(json, "in_channels", 3, where);
    config.outChannels = jsonValue<std::int64_t>(json, "out_channels", 3, where);
    config.latentChannels = jsonValue<std::int64_t>(json, "latent_channels", 4, where);
    config.blockOutChannels = jsonValue(json, "block_out_channels", std::vector<int>{64}, where);
    config.layersPerBlock = jsonValue<std::int64_t>(json, "layers_per_block", 1, where);
    config.normGroups = jsonValue<std::int64_t>(json, "norm_num_groups", 32, where);
    config.scalingFactor = jsonValue(json, "scaling_factor", 0.18215, where);
    config.shiftFactor = jsonValue(json, "shift_factor", 0.0, where);
    config.midBlockAttention = jsonValue(json, "mid_block_add_attention", true, where);
    config.quantConv = jsonValue(json, "use_quant_conv", true, where);
    config.postQuantConv = jsonValue(json, "use_post_quant_conv", true, where);
    using Strings = std::vector<std::string>;
    for (const std::string& type : jsonValue(json, "down_block_types", Strings{}, where)) {
        if (type != "DownEncoderBlock2D")
            throw Exception(ErrorCode::Unsupported, "this VAE has a block of type " + type, where, "use a Stable Diffusion VAE");
    }
    for (const std::string& type : jsonValue(json, "up_block_types", Strings{}, where)) {
        if (type != "UpDecoderBlock2D")
            throw Exception(ErrorCode::Unsupported, "this VAE has a block of type " + type, where, "use a Stable Diffusion VAE");
    }
    const std::size_t levels = config.blockOutChannels.size();
    bool sane = levels >= 1 && levels <= 6 && config.layersPerBlock > 0 && config.layersPerBlock <= 16 && config.normGroups > 0 &&
                config.latentChannels > 0 && config.latentChannels <= 64 && config.inChannels == 3 && config.outChannels == 3 &&
                config.scalingFactor > 0;
    for (const int channels : config.blockOutChannels)
        sane = sane && channels > 0 && channels <= 16384 && channels % config.normGroups == 0;
    if (!sane)
        throw Exception(ErrorCode::BadInput, "the sizes in this config do not fit each other", where,
                        "get a fresh copy of the file");
    return config;
}

AutoencoderKL::MidBlock AutoencoderKL::loadMid(const Weights& weights, std::int64_t channels, const AutoencoderKLConfig& config)
{
    MidBlock mid;
    for (std::size_t i = 0; i < 2; ++i)
        mid.resnets.push_back(ResnetBlock2D::load(weights / "resnets" / i, channels, channels, 0, config.normGroups, vaeEps));
    if (config.midBlockAttention) {
        const Weights scope = weights / "attentions" / 0;
        mid.attention = MidAttention{GroupNorm::load(scope / "group_norm", channels, config.normGroups, vaeEps),
                                     loadMidAttention(scope, channels)};
    }
    return mid;
}

AutoencoderKL AutoencoderKL::load(const AutoencoderKLConfig& config, const Weights& weights)
{
    AutoencoderKL vae;
    vae.m_config = config;
    const std::vector<int>& channels = config.blockOutChannels;
    const std::size_t count = channels.size(), layers = static_cast<std::size_t>(config.layersPerBlock);
    const std::int64_t first = channels.front(), last = channels.back(), latent = config.latentChannels;

    const Weights encoder = weights / "encoder";
    vae.m_encoder.convIn = Conv2d::load(encoder / "conv_in", config.inChannels, first, 3);
    std::int64_t in = first;
    for (std::size_t i = 0; i < count; ++i) {
        const Weights scope = encoder / "down_blocks" / i;
        Level level;
        for (std::size_t j = 0; j < layers; ++j)
            level.resnets.push_back(
                ResnetBlock2D::load(scope / "resnets" / j, j == 0 ? in : channels[i], channels[i], 0, config.normGroups, vaeEps));
        if (i + 1 < count)
            level.downsample = Downsample2D::load(scope / "downsamplers" / 0, channels[i], true);
        vae.m_encoder.levels.push_back(std::move(level));
        in = channels[i];
    }
    vae.m_encoder.mid = loadMid(encoder / "mid_block", last, config);
    vae.m_encoder.normOut = GroupNorm::load(encoder / "conv_norm_out", last, config.normGroups, vaeEps);
    vae.m_encoder.convOut = Conv2d::load(encoder / "conv_out", last, latent * 2, 3);
    if (config.quantConv)
        vae.m_quantConv = Conv2d::load(weights / "quant_conv", latent * 2, latent * 2, 1);

    const Weights decoder = weights / "decoder";
    if (config.postQuantConv)
        vae.m_postQuantConv = Conv2d::load(weights / "post_quant_conv", latent, latent, 1);
    vae.m_decoder.convIn = Conv2d::load(decoder / "conv_in", latent, last, 3);
    vae.m_decoder.mid = loadMid(decoder / "mid_block", last, config);
    in = last;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int64_t out = channels[count - 1 - i];
        const Weights scope = decoder / "up_blocks" / i;
        Level level;
        for (std::size_t j = 0; j < layers + 1; ++j)
            level.resnets.push_back(
                ResnetBlock2D::load(scope / "resnets" / j, j == 0 ? in : out, out, 0, config.normGroups, vaeEps));
        if (i + 1 < count)
            level.upsample = Upsample2D::load(scope / "upsamplers" / 0, out);
        vae.m_decoder.levels.push_back(std::move(level));
        in = out;
    }
    vae.m_decoder.normOut = GroupNorm::load(decoder / "conv_norm_out", first, config.normGroups, vaeEps);
    vae.m_decoder.convOut = Conv2d::load(decoder / "conv_out", first, config.outChannels, 3);
    return vae;
}

at::Tensor AutoencoderKL::runMid(const MidBlock& mid, at::Tensor x, const ForwardContext& context)
{
    x = mid.resnets[0](x, {}, context);
    if (mid.attention) {
        const std::int64_t n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
        const at::Tensor cells = mid.attention->norm(x).permute({0, 2, 3, 1}).reshape({n, height * width, channels});
        x = x + mid.attention->attention.selfAttention(cells, context).view({n, height, width, channels}).permute({0, 3, 1, 2});
    }
    return mid.resnets[1](x, {}, context);
}

DiagonalGaussian AutoencoderKL::encode(const at::Tensor& picture, const ForwardContext& context) const
{
    at::Tensor x = m_encoder.convIn(picture.contiguous(at::MemoryFormat::ChannelsLast), context);
    for (const Level& level : m_encoder.levels) {
        for (const ResnetBlock2D& resnet : level.resnets)
            x = resnet(x, {}, context);
        if (level.downsample)
            x = (*level.downsample)(x, context);
    }
    x = runMid(m_encoder.mid, x, context);
    x = m_encoder.convOut(m_encoder.normOut.silu(x), context);
    if (m_quantConv)
        x = (*m_quantConv)(x, context);
    const std::vector<at::Tensor> parts = x.contiguous().chunk(2, 1);
    return {parts[0], at::clamp(parts[1], -30.0, 20.0)};
}

at::Tensor AutoencoderKL::decode(const at::Tensor& latents, const ForwardContext& context) const
{
    at::Tensor x = latents.contiguous(at::MemoryFormat::ChannelsLast);
    if (m_postQuantConv)
        x = (*m_postQuantConv)(x, context);
    x = m_decoder.convIn(x, context);
    x = runMid(m_decoder.mid, x, context);
    for (const Level& level : m_decoder.levels) {
        for (const ResnetBlock2D& resnet : level.resnets)
            x = resnet(x, {}, context);
        if (level.upsample)
            x = (*level.upsample)(x, x.size(2) * 2, x.size(3) * 2, context);
    }
    return m_decoder.convOut(m_decoder.normOut.silu(x), context);
}

} // namespace pentimento
