// SPDX-License-Identifier: Apache-2.0
#include "inference/models/unet_encoder.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {
namespace {

template <typename Block, typename Visit> void visitTransformers(Block& block, Visit& visit)
{
    for (auto& transformer : block.attentions) {
        for (auto& layer : transformer.blocks)
            visit(layer);
    }
}

/// Keys and values are kept in this order: the way down, the middle, the owner's own blocks.
template <typename Blocks, typename Block, typename Visit>
void visitTransformers(Blocks& down, Block& middle, Blocks& own, Visit visit)
{
    for (auto& block : down)
        visitTransformers(block, visit);
    visitTransformers(middle, visit);
    for (auto& block : own)
        visitTransformers(block, visit);
}

} // namespace

bool hasCrossAttention(const std::string& blockType)
{
    return blockType.find("CrossAttn") != std::string::npos;
}

UNetEncoder UNetEncoder::load(const UNetEncoderConfig& config, const Weights& weights)
{
    UNetEncoder encoder;
    encoder.m_config = config;
    const std::int64_t first = config.blockOutChannels.front(), timeChannels = config.timeChannels();
    encoder.m_timeLinear1 = Linear::load(weights / "time_embedding" / "linear_1", first, timeChannels);
    encoder.m_timeLinear2 = Linear::load(weights / "time_embedding" / "linear_2", timeChannels, timeChannels);
    if (config.additionInputDim > 0) {
        const Weights add = weights / "add_embedding";
        encoder.m_addLinear1 = Linear::load(add / "linear_1", config.additionInputDim, timeChannels);
        encoder.m_addLinear2 = Linear::load(add / "linear_2", timeChannels, timeChannels);
    }
    encoder.m_convIn = Conv2d::load(weights / "conv_in", config.inChannels, first, 3);
    encoder.loadDownBlocks(weights / "down_blocks");
    encoder.loadMidBlock(weights / "mid_block");
    return encoder;
}

void UNetEncoder::loadDownBlocks(const Weights& weights)
{
    const UNetEncoderConfig& c = m_config;
    std::int64_t in = c.blockOutChannels.front();
    for (std::size_t i = 0; i < c.blockOutChannels.size(); ++i) {
        const std::int64_t out = c.blockOutChannels[i];
        const Weights scope = weights / i;
        UNetBlock block;
        for (std::size_t j = 0; j < static_cast<std::size_t>(c.layersPerBlock[i]); ++j) {
            block.resnets.push_back(
                ResnetBlock2D::load(scope / "resnets" / j, j == 0 ? in : out, out, c.timeChannels(), c.normGroups, c.normEps));
            if (hasCrossAttention(c.downBlockTypes[i]))
                block.attentions.push_back(Transformer2DModel::load(scope / "attentions" / j, out, c.crossAttentionDim[i],
                                                                    c.heads[i], c.transformerLayers[i][j], c.normGroups));
        }
        if (i + 1 < c.blockOutChannels.size())
            block.downsample = Downsample2D::load(scope / "downsamplers" / 0, out, false);
        m_downBlocks.push_back(std::move(block));
        in = out;
    }
}

void UNetEncoder::loadMidBlock(const Weights& weights)
{
    const UNetEncoderConfig& c = m_config;
    if (c.midBlockType.empty())
        return;
    const std::int64_t channels = c.blockOutChannels.back();
    const bool attends = c.midBlockType == "UNetMidBlock2DCrossAttn";
    for (std::size_t i = 0; i < (attends ? 2 : 1); ++i)
        m_midBlock.resnets.push_back(
            ResnetBlock2D::load(weights / "resnets" / i, channels, channels, c.timeChannels(), c.normGroups, c.normEps));
    if (attends)
        m_midBlock.attentions.push_back(Transformer2DModel::load(weights / "attentions" / 0, channels, c.crossAttentionDim.back(),
                                                                 c.heads.back(), c.transformerLayers.back().front(),
                                                                 c.normGroups));
}

void UNetEncoder::numberContexts(std::vector<UNetBlock>& blocks)
{
    std::size_t index = 0;
    visitTransformers(m_downBlocks, m_midBlock, blocks, [&](BasicTransformerBlock& layer) { layer.contextIndex = index++; });
}

EncodedContext UNetEncoder::encodeContext(const UNetConditions& conditions, const std::vector<UNetBlock>& blocks) const
{
    EncodedContext encoded;
    visitTransformers(m_downBlocks, m_midBlock, blocks, [&](const BasicTransformerBlock& layer) {
        encoded.keyValues.emplace_back(layer.attn2.toK(conditions.text), layer.attn2.toV(conditions.text));
    });
    if (m_addLinear1) {
        const at::Tensor ids = sinusoids(conditions.timeIds.flatten(), m_config.additionTimeEmbedDim);
        const at::Tensor input = at::cat({conditions.pooled, ids.reshape({conditions.timeIds.size(0), -1})}, 1);
        if (input.size(1) != m_config.additionInputDim)
            throw Exception(ErrorCode::BadInput, "the pooled text embedding does not fit the UNet", {},
                            "get all parts of the model from the same place");
        encoded.added = (*m_addLinear2)(at::silu((*m_addLinear1)(input)));
    }
    return encoded;
}

/// Sinusoidal embedding (Vaswani et al. 2017) of each value: (values, width).
at::Tensor UNetEncoder::sinusoids(const at::Tensor& values, std::int64_t width) const
{
    const std::int64_t half = width / 2;
    const at::Tensor exponent =
        at::arange(half, at::kFloat) * (-std::log(10000.0) / (static_cast<double>(half) - m_config.freqShift));
    const at::Tensor angle = values.to(at::kFloat).unsqueeze(1) * at::exp(exponent).unsqueeze(0);
    const at::Tensor sine = at::sin(angle), cosine = at::cos(angle);
    return at::cat({m_config.flipSinToCos ? cosine : sine, m_config.flipSinToCos ? sine : cosine}, 1);
}

/// silu of the timestep's embedding with the added conditions, (1 or n, timeChannels).
at::Tensor UNetEncoder::timeEmbedding(double timestep, const EncodedContext& encoded) const
{
    at::Tensor input = sinusoids(at::full({1}, timestep, at::kFloat), m_config.blockOutChannels.front());
    if (encoded.timeCondition.defined())
        input = input + encoded.timeCondition;
    at::Tensor embedded = m_timeLinear2(at::silu(m_timeLinear1(input)));
    if (encoded.added.defined())
        embedded = embedded + encoded.added;
    return at::silu(embedded);
}

UNetEncoder::Features UNetEncoder::forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded,
                                           const at::Tensor& hint, const ForwardContext& context) const
{
    Features features;
    features.time = timeEmbedding(timestep, encoded);
    const at::Tensor& time = features.time;
    at::Tensor x = m_convIn(sample.contiguous(at::MemoryFormat::ChannelsLast), context);
    if (hint.defined())
        x = x + hint;
    features.skips.push_back(x);
    for (const UNetBlock& block : m_downBlocks) {
        for (std::size_t i = 0; i < block.resnets.size(); ++i) {
            x = block.resnets[i](x, time, context);
            if (!block.attentions.empty())
                x = block.attentions[i](x, encoded, context);
            features.skips.push_back(x);
        }
        if (block.downsample) {
            x = (*block.downsample)(x, context);
            features.skips.push_back(x);
        }
    }
    if (!m_midBlock.resnets.empty()) {
        x = m_midBlock.resnets[0](x, time, context);
        if (!m_midBlock.attentions.empty()) {
            x = m_midBlock.attentions[0](x, encoded, context);
            x = m_midBlock.resnets[1](x, time, context);
        }
    }
    features.middle = x;
    return features;
}

} // namespace pentimento
