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

} // namespace

UNet2DConditionModel UNet2DConditionModel::load(const UNet2DConditionConfig& config, const Weights& weights)
{
    UNet2DConditionModel model;
    model.m_config = config;
    const std::int64_t first = config.blockOutChannels.front(), last = config.blockOutChannels.back();
    const std::int64_t timeChannels = first * 4;
    model.m_timeLinear1 = Linear::load(weights / "time_embedding" / "linear_1", first, timeChannels);
    model.m_timeLinear2 = Linear::load(weights / "time_embedding" / "linear_2", timeChannels, timeChannels);
    if (config.additionInputDim > 0) {
        const Weights add = weights / "add_embedding";
        model.m_addLinear1 = Linear::load(add / "linear_1", config.additionInputDim, timeChannels);
        model.m_addLinear2 = Linear::load(add / "linear_2", timeChannels, timeChannels);
    }
    if (config.timeCondProjDim > 0)
        model.m_condProj = Linear::load(weights / "time_embedding" / "cond_proj", config.timeCondProjDim, first, false);
    model.m_convIn = Conv2d::load(weights / "conv_in", config.inChannels, first, 3);
    model.m_downBlocks = model.loadDownBlocks(weights / "down_blocks", timeChannels);
    if (!config.midBlockType.empty()) {
        const Weights mid = weights / "mid_block";
        const bool attends = config.midBlockType == "UNetMidBlock2DCrossAttn";
        for (std::size_t i = 0; i < (attends ? 2 : 1); ++i)
            model.m_midBlock.resnets.push_back(
                ResnetBlock2D::load(mid / "resnets" / i, last, last, timeChannels, config.normGroups, config.normEps));
        if (attends)
            model.m_midBlock.attentions.push_back(
                Transformer2DModel::load(mid / "attentions" / 0, last, config.crossAttentionDim.back(), config.heads.back(),
                                         config.transformerLayers.back().front(), config.normGroups));
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
                                                                    c.heads[i], c.transformerLayers[i][j], c.normGroups));
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
                                                                    c.heads[level], c.upTransformerLayers[i][j], c.normGroups));
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

EncodedContext UNet2DConditionModel::encodeContext(const UNetConditions& conditions) const
{
    EncodedContext encoded;
    visitTransformers([&](const BasicTransformerBlock& layer) {
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
    if (m_condProj) {
        const std::int64_t half = m_config.timeCondProjDim / 2;
        const at::Tensor frequency = at::exp(at::arange(half, at::kFloat) * (-std::log(10000.0) / static_cast<double>(half - 1)));
        const at::Tensor angle = frequency * ((conditions.guidance - 1) * 1000);
        encoded.timeCondition = (*m_condProj)(at::cat({at::sin(angle), at::cos(angle)}).unsqueeze(0));
    }
    return encoded;
}

/// Sinusoidal embedding (Vaswani et al. 2017) of each value: (values, width).
at::Tensor UNet2DConditionModel::sinusoids(const at::Tensor& values, std::int64_t width) const
{
    const std::int64_t half = width / 2;
    const at::Tensor exponent =
        at::arange(half, at::kFloat) * (-std::log(10000.0) / (static_cast<double>(half) - m_config.freqShift));
    const at::Tensor angle = values.to(at::kFloat).unsqueeze(1) * at::exp(exponent).unsqueeze(0);
    const at::Tensor sine = at::sin(angle), cosine = at::cos(angle);
    return at::cat({m_config.flipSinToCos ? cosine : sine, m_config.flipSinToCos ? sine : cosine}, 1);
}

/// silu of the timestep's embedding with the added conditions, (1 or n, timeChannels).
at::Tensor UNet2DConditionModel::timeEmbedding(double timestep, const EncodedContext& encoded) const
{
    at::Tensor input = sinusoids(at::full({1}, timestep, at::kFloat), m_config.blockOutChannels.front());
    if (encoded.timeCondition.defined())
        input = input + encoded.timeCondition;
    at::Tensor embedded = m_timeLinear2(at::silu(m_timeLinear1(input)));
    if (encoded.added.defined())
        embedded = embedded + encoded.added;
    return at::silu(embedded);
}

at::Tensor UNet2DConditionModel::forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded,
                                         const ForwardContext& context) const
{
    const at::Tensor time = timeEmbedding(timestep, encoded);
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
        if (!m_midBlock.attentions.empty()) {
            x = m_midBlock.attentions[0](x, encoded, context);
            x = m_midBlock.resnets[1](x, time, context);
        }
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
