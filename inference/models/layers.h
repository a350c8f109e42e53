// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/models/weights.h"

#include <ATen/core/Tensor.h>

#include <cstdint>

/// Layers as plain structs of tensors. Feature maps are (n, c, h, w) in channels-last memory; sequences (n, s, c).
namespace pentimento {

/// Passed through every forward: lets long evaluations stop between (and inside long) layers.
struct ForwardContext {
    const CancelToken* cancel = nullptr;
    /// Throws CancelledException when the job was cancelled.
    void poll() const;
    bool cancelled() const { return cancel && cancel->cancelled(); }
};

struct Linear {
    at::Tensor weight; ///< (out, in)
    at::Tensor bias;   ///< (out) or undefined
    static Linear load(const Weights& weights, std::int64_t in, std::int64_t out, bool bias = true);
    at::Tensor operator()(const at::Tensor& x) const;
};

struct Conv2d {
    at::Tensor weight; ///< (out, in, k, k)
    at::Tensor bias;   ///< (out)
    std::int64_t stride = 1;
    std::int64_t padding = 0;
    static Conv2d load(const Weights& weights, std::int64_t in, std::int64_t out, std::int64_t kernel,
                       std::int64_t stride = 1, std::int64_t padding = -1);
    /// Large maps are done in horizontal strips with a poll between them.
    at::Tensor operator()(const at::Tensor& x, const ForwardContext& context) const;
};

struct GroupNorm {
    at::Tensor weight, bias; ///< (channels)
    std::int64_t groups = 32;
    double eps = 1e-5;
    static GroupNorm load(const Weights& weights, std::int64_t channels, std::int64_t groups, double eps);
    at::Tensor operator()(const at::Tensor& x) const;
    /// silu(norm(x)), the pair before every convolution of a residual block.
    at::Tensor silu(const at::Tensor& x) const;
};

struct LayerNorm {
    at::Tensor weight, bias;
    double eps = 1e-5;
    static LayerNorm load(const Weights& weights, std::int64_t channels, double eps = 1e-5);
    at::Tensor operator()(const at::Tensor& x) const;
};

} // namespace pentimento
