// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/layers.h"

#include <optional>

namespace pentimento {

struct ResnetBlock2D {
    GroupNorm norm1, norm2;
    Conv2d conv1, conv2;
    std::optional<Linear> timeEmbProj;  ///< absent in autoencoders
    std::optional<Conv2d> convShortcut; ///< where the channel count changes
    /// `timeChannels` 0: no time embedding.
    static ResnetBlock2D load(const Weights& weights, std::int64_t in, std::int64_t out, std::int64_t timeChannels,
                              std::int64_t groups, double eps);
    /// `time` is silu of the time embedding, (1 or n, timeChannels); undefined where there is none.
    at::Tensor operator()(const at::Tensor& x, const at::Tensor& time, const ForwardContext& context) const;
};

/// Halves the side with a 3 x 3 convolution. Autoencoders pad at the right and bottom only.
struct Downsample2D {
    Conv2d conv;
    static Downsample2D load(const Weights& weights, std::int64_t channels, bool asymmetric);
    at::Tensor operator()(const at::Tensor& x, const ForwardContext& context) const;
};

/// Nearest neighbour to the given size, then a 3 x 3 convolution.
struct Upsample2D {
    Conv2d conv;
    static Upsample2D load(const Weights& weights, std::int64_t channels);
    at::Tensor operator()(const at::Tensor& x, std::int64_t height, std::int64_t width, const ForwardContext& context) const;
};

} // namespace pentimento
