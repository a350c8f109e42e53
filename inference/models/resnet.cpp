// SPDX-License-Identifier: Apache-2.0
#include "inference/models/resnet.h"

#include <ATen/ATen.h>

namespace pentimento {

ResnetBlock2D ResnetBlock2D::load(const Weights& weights, std::int64_t in, std::int64_t out, std::int64_t timeChannels,
                                  std::int64_t groups, double eps)
{
    ResnetBlock2D block;
    block.norm1 = GroupNorm::load(weights / "norm1", in, groups, eps);
    block.conv1 = Conv2d::load(weights / "conv1", in, out, 3);
    if (timeChannels > 0)
        block.timeEmbProj = Linear::load(weights / "time_emb_proj", timeChannels, out);
    block.norm2 = GroupNorm::load(weights / "norm2", out, groups, eps);
    block.conv2 = Conv2d::load(weights / "conv2", out, out, 3);
    if (in != out)
        block.convShortcut = Conv2d::load(weights / "conv_shortcut", in, out, 1);
    return block;
}

at::Tensor ResnetBlock2D::operator()(const at::Tensor& x, const at::Tensor& time, const ForwardContext& context) const
{
    // One embedding for all pictures is a bias of the convolution.
    const at::Tensor shift = timeEmbProj ? (*timeEmbProj)(time) : at::Tensor();
    const bool shared = shift.defined() && shift.size(0) == 1;
    at::Tensor h = conv1(norm1.silu(x), context, shared ? shift[0] + conv1.bias : at::Tensor());
    if (shift.defined() && !shared)
        h.add_(shift.unsqueeze(2).unsqueeze(3));
    h = conv2(norm2.silu(h), context);
    return h.add_(convShortcut ? (*convShortcut)(x, context) : x);
}

Downsample2D Downsample2D::load(const Weights& weights, std::int64_t channels, bool asymmetric)
{
    Downsample2D downsample{Conv2d::load(weights / "conv", channels, channels, 3, 2)};
    downsample.conv.padStart = asymmetric ? 0 : 1;
    return downsample;
}

at::Tensor Downsample2D::operator()(const at::Tensor& x, const ForwardContext& context) const
{
    return conv(x, context);
}

Upsample2D Upsample2D::load(const Weights& weights, std::int64_t channels)
{
    return {Conv2d::load(weights / "conv", channels, channels, 3)};
}

at::Tensor Upsample2D::operator()(const at::Tensor& x, std::int64_t height, std::int64_t width,
                                  const ForwardContext& context) const
{
    context.poll();
    return conv(at::upsample_nearest2d(x, {height, width}), context);
}

} // namespace pentimento
