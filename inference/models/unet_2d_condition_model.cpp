// SPDX-License-Identifier: Apache-2.0
#include "inference/models/unet_2d_condition_model.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {
namespace {

bool hasAttention(const std::string& blockType)
{
    return blockType.find("CrossAttn") != std::string::npos;
}

[[noreturn]] void unsupported(const std::string& what, const std::string& where)
{
    throw Exception(ErrorCode::Unsupported, "this UNet has " + what, where, "use a Stable Diffusion model");
}

void checkBlockTypes(const std::vector<std::string>& types, const char* direction, std::size_t count, const std::string& where)
{
    if (types.size() != count)
        throw Exception(ErrorCode::BadInput, "the numbers of blocks and of block_out_channels differ", where,
                        "get a fresh copy of the file");
    const std::string plain = std::string(direction) + "Block2D", cross = std::string("CrossAttn") + plain;
    for (const std::string& type : types) {
        if (type != plain && type != cross)
            unsupported("a block of type " + type, where);
    }
}

} // namespace

UNet2DConditionConfig parseUNetConfig(const Json& json, const std::string& where)
{
    UNet2DConditionConfig config;
    using Strings = std::vector<std::string>;
    config.blockOutChannels = jsonValue(json, "block_out_channels", std::vector<int>{320, 640, 1280, 1280}, where);
    const std::size_t count = config.blockOutChannels.size();
    config.downBlockTypes =
        jsonValue(json, "down_block_types",
                  Strings{"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"}, where);
    config.upBlockTypes = jsonValue(
        json, "up_block_types", Strings{"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"}, where);
    if (count == 0)
        throw Exception(ErrorCode::BadInput, "block_out_channels is empty", where, "get a fresh copy of the file");
    checkBlockTypes(config.downBlockTypes, "Down", count, where);
    checkBlockTypes(config.upBlockTypes, "Up", count, where);
    const bool midGiven = json.contains("mid_block_type");
    config.midBlockType = midGiven ? jsonValue<std::string>(json, "mid_block_type", {}, where) : "UNetMidBlock2DCrossAttn";
    if (!config.midBlockType.empty() && config.midBlockType != "UNetMidBlock2DCrossAttn")
        unsupported("a middle block of type " + config.midBlockType, where);
    config.sampleSize = jsonValue<std::int64_t>(json, "sample_size", 64, where);
    config.inChannels = jsonValue<std::int64_t>(json, "in_channels", 4, where);
    config.outChannels = jsonValue<std::int64_t>(json, "out_channels", 4, where);
    config.layersPerBlock = jsonIntList(json, "layers_per_block", count, 2, where);
    // diffusers' historical quirk: without num_attention_heads, attention_head_dim is the number of heads.
    const bool headsGiven = json.contains("num_attention_heads") && !json["num_attention_heads"].is_null();
    config.heads = jsonIntList(json, headsGiven ? "num_attention_heads" : "attention_head_dim", count, 8, where);
    config.transformerLayers = jsonIntList(json, "transformer_layers_per_block", count, 1, where);
    config.crossAttentionDim = jsonIntList(json, "cross_attention_dim", count, 1280, where);
    config.normGroups = jsonValue<std::int64_t>(json, "norm_num_groups", 32, where);
    config.normEps = jsonValue(json, "norm_eps", 1e-5, where);
    config.flipSinToCos = jsonValue(json, "flip_sin_to_cos", true, where);
    config.freqShift = jsonValue(json, "freq_shift", 0.0, where);

    const auto refuse = [&](const char* key) {
        const auto it = json.find(key);
        if (it != json.end() && !it->is_null() && *it != false)
            unsupported("the option " + std::string(key), where);
    };
    for (const char* key : {"addition_embed_type", "class_embed_type", "encoder_hid_dim_type", "dual_cross_attention",
                            "only_cross_attention", "time_cond_proj_dim", "class_embeddings_concat", "num_class_embeds",
                            "reverse_transformer_layers_per_block", "resnet_skip_time_act", "center_input_sample"})
        refuse(key);
    if (jsonValue<std::string>(json, "resnet_time_scale_shift", "default", where) != "default" ||
        jsonValue<std::string>(json, "act_fn", "silu", where) != "silu" ||
        jsonValue<std::string>(json, "time_embedding_type", "positional", where) != "positional")
        unsupported("another activation or time embedding than Stable Diffusion", where);
    const bool inChannelsSane = config.inChannels > 0 && config.inChannels <= 64;
    for (std::size_t i = 0; i < count; ++i) {
        const int channels = config.blockOutChannels[i], heads = config.heads[i], layers = config.layersPerBlock[i];
        if (!inChannelsSane || config.normGroups <= 0 || channels <= 0 || channels > 16384 || channels % config.normGroups != 0 ||
            heads <= 0 || channels % heads != 0 || layers <= 0 || layers > 16 || config.transformerLayers[i] < 0 ||
            config.transformerLayers[i] > 32 || config.crossAttentionDim[i] <= 0)
            throw Exception(ErrorCode::BadInput, "the sizes in this config do not fit each other", where,
                            "get a fresh copy of the file");
    }
    return config;
}

UNet2DConditionModel UNet2DConditionModel::load(const UNet2DConditionConfig& config, const Weights& weights)
{
    UNet2DConditionModel model;
    model.m_config = config;
    const std::int64_t first = config.blockOutChannels.front(), last = config.blockOutChannels.back();
    const std::int64_t timeChannels = first * 4;
    model.m_timeLinear1 = Linear::load(weights / "time_embedding" / "linear_1", first, timeChannels);
    model.m_timeLinear2 = Linear::load(weights / "time_embedding" / "linear_2", timeChannels, timeChannels);
    model.m_convIn = Conv2d::load(weights / "conv_in", config.inChannels, first, 3);
    model.m_downBlocks = model.loadDownBlocks(weights / "down_blocks", timeChannels);
    if (!config.midBlockType.empty()) {
        const Weights mid = weights / "mid_block";
        for (std::size_t i = 0; i < 2; ++i)
            model.m_midBlock.resnets.push_back(
                ResnetBlock2D::load(mid / "resnets" / i, last, last, timeChannels, config.normGroups, config.normEps));
        model.m_midBlock.attentions.push_back(Transformer2DModel::load(mid / "attentions" / 0, last,
                                                                       config.crossAttentionDim.back(), config.heads.back(),
                                                                       config.transformerLayers.back(), config.normGroups));
    }
    model.m_upBlocks = model.loadUpBlocks(weights / "up_blocks", timeChannels);
    model.m_convNormOut = GroupNorm::load(weights / "conv_norm_out", first, config.normGroups, config.normEps);
    model.m_convOut = Conv2d::load(weights / "conv_out", first, config.outChannels, 3);
    model.numberContexts();
    return model;
}

std::vector<UNet2DConditionModel::Block> UNet2DConditionModel::loadDownBlocks(const Weights& weights, std::int64_t timeChannels)
{
    const UNet2DConditionConfig& c = m_config;
    std::vector<Block> blocks;
    std::int64_t in = c.blockOutChannels.front();
    for (std::size_t i = 0; i < c.blockOutChannels.size(); ++i) {
        const std::int64_t out = c.blockOutChannels[i];
        const Weights scope = weights / i;
        Block block;
        for (std::size_t j = 0; j < static_cast<std::size_t>(c.layersPerBlock[i]); ++j) {
            block.resnets.push_back(
                ResnetBlock2D::load(scope / "resnets" / j, j == 0 ? in : out, out, timeChannels, c.normGroups, c.normEps));
            if (hasAttention(c.downBlockTypes[i]))
                block.attentions.push_back(Transformer2DModel::load(scope / "attentions" / j, out, c.crossAttentionDim[i],
                                                                    c.heads[i], c.transformerLayers[i], c.normGroups));
        }
        if (i + 1 < c.blockOutChannels.size())
            block.downsample = Downsample2D::load(scope / "downsamplers" / 0, out, false);
        blocks.push_back(std::move(block));
        in = out;
    }
    return blocks;
}

std::vector<UNet2DConditionModel::Block> UNet2DConditionModel::loadUpBlocks(const Weights& weights, std::int64_t timeChannels)
{
    const UNet2DConditionConfig& c = m_config;
    const std::size_t count = c.blockOutChannels.size();
    std::vector<Block> blocks;
    std::int64_t previous = c.blockOutChannels.back();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t level = count - 1 - i; // the down block at the same resolution
        const std::int64_t out = c.blockOutChannels[level];
        const std::int64_t below = c.blockOutChannels[level == 0 ? 0 : level - 1];
        const std::size_t layers = static_cast<std::size_t>(c.layersPerBlock[level]) + 1;
        const Weights scope = weights / i;
        Block block;
        for (std::size_t j = 0; j < layers; ++j) {
            const std::int64_t skip = j + 1 == layers ? below : out;
            block.resnets.push_back(ResnetBlock2D::load(scope / "resnets" / j, (j == 0 ? previous : out) + skip, out,
                                                        timeChannels, c.normGroups, c.normEps));
            if (hasAttention(c.upBlockTypes[i]))
                block.attentions.push_back(Transformer2DModel::load(scope / "attentions" / j, out, c.crossAttentionDim[level],
                                                                    c.heads[level], c.transformerLayers[level], c.normGroups));
        }
        if (i + 1 < count)
            block.upsample = Upsample2D::load(scope / "upsamplers" / 0, out);
        blocks.push_back(std::move(block));
        previous = out;
    }
    return blocks;
}

template <typename Visit> void UNet2DConditionModel::visitTransformers(Visit&& visit)
{
    const auto visitBlock = [&](Block& block) {
        for (Transformer2DModel& transformer : block.attentions)
            for (BasicTransformerBlock& layer : transformer.blocks)
                visit(layer);
    };
    for (Block& block : m_downBlocks)
        visitBlock(block);
    visitBlock(m_midBlock);
    for (Block& block : m_upBlocks)
        visitBlock(block);
}

template <typename Visit> void UNet2DConditionModel::visitTransformers(Visit&& visit) const
{
    const_cast<UNet2DConditionModel*>(this)->visitTransformers(
        [&](BasicTransformerBlock& layer) { visit(std::as_const(layer)); });
}

void UNet2DConditionModel::numberContexts()
{
    std::size_t index = 0;
    visitTransformers([&](BasicTransformerBlock& layer) { layer.contextIndex = index++; });
}

EncodedContext UNet2DConditionModel::encodeContext(const at::Tensor& text) const
{
    EncodedContext encoded;
    visitTransformers([&](const BasicTransformerBlock& layer) {
        encoded.keyValues.emplace_back(layer.attn2.toK(text), layer.attn2.toV(text));
    });
    return encoded;
}

/// Sinusoidal embedding (Vaswani et al. 2017) of one timestep through two linear layers; returns silu of it, (1, c).
at::Tensor UNet2DConditionModel::timeEmbedding(double timestep, const at::Tensor& like) const
{
    const std::int64_t half = m_config.blockOutChannels.front() / 2;
    const at::Tensor exponent =
        at::arange(half, at::kFloat) * (-std::log(10000.0) / (static_cast<double>(half) - m_config.freqShift));
    const at::Tensor angle = at::exp(exponent) * timestep;
    const at::Tensor sine = at::sin(angle), cosine = at::cos(angle);
    const at::Tensor projected = at::cat({m_config.flipSinToCos ? cosine : sine, m_config.flipSinToCos ? sine : cosine});
    const at::Tensor embedded = m_timeLinear1(projected.unsqueeze(0).to(like.options()));
    return at::silu(m_timeLinear2(at::silu(embedded)));
}

at::Tensor UNet2DConditionModel::forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded,
                                         const ForwardContext& context) const
{
    const at::Tensor time = timeEmbedding(timestep, sample);
    at::Tensor x = m_convIn(sample.contiguous(at::MemoryFormat::ChannelsLast), context);
    std::vector<at::Tensor> skips{x};
    for (const Block& block : m_downBlocks) {
        for (std::size_t i = 0; i < block.resnets.size(); ++i) {
            x = block.resnets[i](x, time, context);
            if (!block.attentions.empty())
                x = block.attentions[i](x, encoded, context);
            skips.push_back(x);
        }
        if (block.downsample) {
            x = (*block.downsample)(x, context);
            skips.push_back(x);
        }
    }
    if (!m_midBlock.resnets.empty()) {
        x = m_midBlock.resnets[0](x, time, context);
        x = m_midBlock.attentions[0](x, encoded, context);
        x = m_midBlock.resnets[1](x, time, context);
    }
    for (const Block& block : m_upBlocks) {
        for (std::size_t i = 0; i < block.resnets.size(); ++i) {
            x = block.resnets[i](at::cat({x, skips.back()}, 1), time, context);
            skips.pop_back();
            if (!block.attentions.empty())
                x = block.attentions[i](x, encoded, context);
        }
        // The skip's size, not twice the own: sides that are no multiple of 2^n come out right.
        if (block.upsample)
            x = (*block.upsample)(x, skips.back().size(2), skips.back().size(3), context);
    }
    return m_convOut(m_convNormOut.silu(x), context);
}

} // namespace pentimento
