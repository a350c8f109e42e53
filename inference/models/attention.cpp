// SPDX-License-Identifier: Apache-2.0
#include "inference/models/attention.h"

#include "inference/kernels/attention_kernel.h"
#include "inference/kernels/pointwise_kernel.h"
#include "inference/models/flop_counter.h"
#include "inference/models/parallel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>

namespace pentimento {

at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                  const ForwardContext& context)
{
    const AttentionShape shape{q.size(0), q.size(1), k.size(1), heads, q.size(2) / heads};
    FlopCounter::add(4.0 * static_cast<double>(shape.batch * shape.queries * shape.keys * q.size(2)));
    const at::Tensor query = q.contiguous(), key = k.contiguous(), value = v.contiguous();
    at::Tensor out = at::empty_like(query);
    PackedKeyValues packed = allocateKeyValues(shape);
    parallelTasks(shape.batch * heads,
                  [&](std::int64_t i) { packKeyValues(shape, key.data_ptr<float>(), value.data_ptr<float>(), i, packed); });
    const float scale = 1.0f / std::sqrt(static_cast<float>(shape.dim));
    parallelTasks(shape.tasks(), [&](std::int64_t task) {
        if (!context.cancelled())
            attentionTask(shape, query.data_ptr<float>(), packed, scale, out.data_ptr<float>(), task);
    });
    context.poll();
    return out;
}

Attention Attention::load(const Weights& weights, std::int64_t channels, std::int64_t contextChannels, std::int64_t heads)
{
    return {Linear::load(weights / "to_q", channels, channels, false),
            Linear::load(weights / "to_k", contextChannels, channels, false),
            Linear::load(weights / "to_v", contextChannels, channels, false),
            Linear::load(weights / "to_out" / 0, channels, channels), heads};
}

at::Tensor Attention::selfAttention(const at::Tensor& x, const ForwardContext& context) const
{
    return toOut(attend(toQ(x), toK(x), toV(x), heads, context));
}

at::Tensor Attention::crossAttention(const at::Tensor& x, const std::pair<at::Tensor, at::Tensor>& keyValue,
                                     const ForwardContext& context) const
{
    return toOut(attend(toQ(x), keyValue.first, keyValue.second, heads, context));
}

FeedForward FeedForward::load(const Weights& weights, std::int64_t channels)
{
    const std::int64_t inner = channels * 4;
    return {Linear::load(weights / "net" / 0 / "proj", channels, inner * 2), Linear::load(weights / "net" / 2, inner, channels)};
}

at::Tensor FeedForward::operator()(const at::Tensor& x, const ForwardContext& context) const
{
    context.poll();
    const at::Tensor wide = project(x);
    const std::int64_t rows = x.numel() / x.size(-1), inner = wide.size(-1) / 2;
    const at::Tensor gated = at::empty({x.size(0), x.size(1), inner}, x.options());
    at::parallel_for(0, rows, 16, [&](std::int64_t begin, std::int64_t end) {
        geglu(wide.data_ptr<float>() + begin * 2 * inner, gated.data_ptr<float>() + begin * inner, end - begin, inner);
    });
    return out(gated);
}

BasicTransformerBlock BasicTransformerBlock::load(const Weights& weights, std::int64_t channels, std::int64_t contextChannels,
                                                  std::int64_t heads)
{
    BasicTransformerBlock block;
    block.norm1 = LayerNorm::load(weights / "norm1", channels);
    block.norm2 = LayerNorm::load(weights / "norm2", channels);
    block.norm3 = LayerNorm::load(weights / "norm3", channels);
    block.attn1 = Attention::load(weights / "attn1", channels, channels, heads);
    block.attn2 = Attention::load(weights / "attn2", channels, contextChannels, heads);
    block.ff = FeedForward::load(weights / "ff", channels);
    return block;
}

at::Tensor BasicTransformerBlock::operator()(at::Tensor x, const EncodedContext& encoded, const ForwardContext& context) const
{
    x = x + attn1.selfAttention(norm1(x), context);
    x = x + attn2.crossAttention(norm2(x), encoded.keyValues[contextIndex], context);
    return x + ff(norm3(x), context);
}

Transformer2DModel Transformer2DModel::load(const Weights& weights, std::int64_t channels, std::int64_t contextChannels,
                                            std::int64_t heads, std::int64_t layers, std::int64_t groups)
{
    Transformer2DModel model;
    model.norm = GroupNorm::load(weights / "norm", channels, groups, 1e-6);
    model.projIn = Linear::load(weights / "proj_in", channels, channels);
    model.projOut = Linear::load(weights / "proj_out", channels, channels);
    for (std::int64_t i = 0; i < layers; ++i)
        model.blocks.push_back(BasicTransformerBlock::load(weights / "transformer_blocks" / static_cast<std::size_t>(i), channels,
                                                           contextChannels, heads));
    return model;
}

at::Tensor Transformer2DModel::operator()(const at::Tensor& x, const EncodedContext& encoded, const ForwardContext& context) const
{
    const std::int64_t n = x.size(0), channels = x.size(1), height = x.size(2), width = x.size(3);
    at::Tensor cells = projIn(norm(x).permute({0, 2, 3, 1}).reshape({n, height * width, channels}));
    for (const BasicTransformerBlock& block : blocks)
        cells = block(cells, encoded, context);
    return x + projOut(cells).view({n, height, width, channels}).permute({0, 3, 1, 2});
}

} // namespace pentimento
