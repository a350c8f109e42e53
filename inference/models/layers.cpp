// SPDX-License-Identifier: Apache-2.0
#include "inference/models/layers.h"


#include "inference/models/flop_counter.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {

void ForwardContext::poll() const
{
    if (cancelled())
        throw CancelledException{};
}

Linear Linear::load(const Weights& weights, std::int64_t in, std::int64_t out, bool bias)
{
    return {weights.get("weight", {out, in}), bias ? weights.get("bias", {out}) : at::Tensor()};
}

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    FlopCounter::add(2.0 * static_cast<double>(x.numel()) * static_cast<double>(weight.size(0)));
    return at::linear(x, weight, bias);
}

Conv2d Conv2d::load(const Weights& weights, std::int64_t in, std::int64_t out, std::int64_t kernel,
                    std::int64_t stride, std::int64_t padding)
{
    Conv2d conv;
    conv.weight = weights.get("weight", {out, in, kernel, kernel}).contiguous(at::MemoryFormat::ChannelsLast);
    conv.bias = weights.get("bias", {out});
    conv.stride = stride;
    conv.padding = padding >= 0 ? padding : kernel / 2;
    return conv;
}

at::Tensor Conv2d::operator()(const at::Tensor& x, const ForwardContext& context) const
{
    context.poll();
    const std::int64_t height = x.size(2), width = x.size(3), kernel = weight.size(2);
    const double flop = 2.0 * static_cast<double>(weight.numel()) * static_cast<double>(x.size(0) * height * width) /
                        static_cast<double>(stride * stride);
    FlopCounter::add(flop);
    if (kernel == 1 && stride == 1) {
        // Channels-last memory makes a 1 x 1 convolution one matrix product.
        const at::Tensor rows = x.permute({0, 2, 3, 1}).reshape({-1, x.size(1)});
        return at::linear(rows, weight.reshape({weight.size(0), weight.size(1)}), bias)
            .view({x.size(0), height, width, weight.size(0)})
            .permute({0, 3, 1, 2});
    }
    // A strip of about 4 GFLOP takes well under the time in which a cancelled job has to stop.
    constexpr double stripFlop = 4e9;
    const std::int64_t strips = stride == 1 && padding == 1 && kernel == 3
                                    ? std::clamp<std::int64_t>(static_cast<std::int64_t>(flop / stripFlop), 1, height / 8 + 1)
                                    : 1;
    if (strips == 1)
        return at::conv2d(x, weight, bias, stride, padding);
    at::Tensor out = at::empty({x.size(0), weight.size(0), height, width},
                               x.options().memory_format(at::MemoryFormat::ChannelsLast));
    const std::int64_t rows = (height + strips - 1) / strips;
    for (std::int64_t top = 0; top < height; top += rows) {
        context.poll();
        const std::int64_t bottom = std::min(height, top + rows);
        const std::int64_t from = std::max<std::int64_t>(0, top - 1), to = std::min(height, bottom + 1);
        const at::Tensor part = at::conv2d(x.slice(2, from, to), weight, bias, 1, 1);
        out.slice(2, top, bottom).copy_(part.slice(2, top - from, top - from + bottom - top));
    }
    return out;
}

GroupNorm GroupNorm::load(const Weights& weights, std::int64_t channels, std::int64_t groups, double eps)
{
    return {weights.get("weight", {channels}), weights.get("bias", {channels}), groups, eps};
}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const
{
    return at::group_norm(x, groups, weight, bias, eps);
}

at::Tensor GroupNorm::silu(const at::Tensor& x) const
{
    return at::silu((*this)(x));
}

LayerNorm LayerNorm::load(const Weights& weights, std::int64_t channels, double eps)
{
    return {weights.get("weight", {channels}), weights.get("bias", {channels}), eps};
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const
{
    return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
}

} // namespace pentimento
