// SPDX-License-Identifier: Apache-2.0
#include "inference/models/unet_2d_condition_model.h"

#include <ATen/ATen.h>

#include <cmath>

namespace pentimento {

UNet2DConditionModel UNet2DConditionModel::load(const UNet2DConditionConfig& config, const Weights& weights)
{
    UNet2DConditionModel model;
    model.m_config = config;
    const std::int64_t first = config.blockOutChannels.front();
    model.m_encoder = UNetEncoder::load(config, weights);
    if (config.timeCondProjDim > 0)
        model.m_condProj = Linear::load(weights / "time_embedding" / "cond_proj", config.timeCondProjDim, first, false);
    model.m_upBlocks = model.loadUpBlocks(weights / "up_blocks");
    model.m_convNormOut = GroupNorm::load(weights / "conv_norm_out", first, config.normGroups, config.normEps);
    model.m_convOut = Conv2d::load(weights / "conv_out", first, config.outChannels, 3);
    model.m_encoder.numberContexts(model.m_upBlocks);
    return model;
}

std::vector<UNetBlock> UNet2DConditionModel::loadUpBlocks(const Weights& weights) const
{
    const UNet2DConditionConfig& c = m_config;
    const std::size_t count = c.blockOutChannels.size();
    std::vector<UNetBlock> blocks;
    std::int64_t previous = c.blockOutChannels.back();
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t level = count - 1 - i; // the down block at the same resolution
        const std::int64_t out = c.blockOutChannels[level];
        const std::int64_t below = c.blockOutChannels[level == 0 ? 0 : level - 1];
        const std::size_t layers = static_cast<std::size_t>(c.layersPerBlock[level]) + 1;
        const Weights scope = weights / i;
        UNetBlock block;
        for (std::size_t j = 0; j < layers; ++j) {
            const std::int64_t skip = j + 1 == layers ? below : out;
            block.resnets.push_back(ResnetBlock2D::load(scope / "resnets" / j, (j == 0 ? previous : out) + skip, out,
                                                        c.timeChannels(), c.normGroups, c.normEps));
            if (hasCrossAttention(c.upBlockTypes[i]))
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

EncodedContext UNet2DConditionModel::encodeContext(const UNetConditions& conditions) const
{
    EncodedContext encoded = m_encoder.encodeContext(conditions, m_upBlocks);
    if (m_condProj) {
        const std::int64_t half = m_config.timeCondProjDim / 2;
        const at::Tensor frequency = at::exp(at::arange(half, at::kFloat) * (-std::log(10000.0) / static_cast<double>(half - 1)));
        const at::Tensor angle = frequency * ((conditions.guidance - 1) * 1000);
        encoded.timeCondition = (*m_condProj)(at::cat({at::sin(angle), at::cos(angle)}).unsqueeze(0));
    }
    return encoded;
}

at::Tensor UNet2DConditionModel::forward(const at::Tensor& sample, double timestep, const EncodedContext& encoded,
                                         const ForwardContext& context, const ControlResiduals* control) const
{
    UNetEncoder::Features features = m_encoder.forward(sample, timestep, encoded, at::Tensor(), context);
    std::vector<at::Tensor>& skips = features.skips;
    at::Tensor x = std::move(features.middle);
    if (control) {
        for (std::size_t i = 0; i < skips.size(); ++i)
            skips[i] = skips[i] + control->down.at(i);
        x = x + control->mid;
    }
    for (const UNetBlock& block : m_upBlocks) {
        for (std::size_t i = 0; i < block.resnets.size(); ++i) {
            x = block.resnets[i](at::cat({x, skips.back()}, 1), features.time, context);
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
