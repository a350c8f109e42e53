// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/models/weights.h"

#include <ATen/core/Tensor.h>

#include <cstdint>

/// Layers as plain structs of tensors, float32. Feature maps are (n, c, h, w) in channels-last memory; sequences
/// (n, s, c). Weights are repacked once, at load, into the layout that the kernels read, in the float type of the file:
/// float16 and bfloat16 are widened as they are used, so that results are those of float32 at half the memory.
namespace pentimento {

/// Passed through every forward: lets long evaluations stop between (and inside long) layers.
struct ForwardContext {
    const CancelToken* cancel = nullptr;
    bool cancelled() const { return cancel && cancel->cancelled(); }
    /// Throws CancelledException when the job was cancelled.
    void poll() const;
};

struct Linear {
    std::int64_t in = 0, out = 0;
    at::Tensor packed; ///< matrix_kernel.h's panels: float32, float16 or bfloat16
    at::Tensor bias;   ///< (out), zeros where the checkpoint has none
    static Linear load(const Weights& weights, std::int64_t in, std::int64_t out, bool bias = true);
    at::Tensor operator()(const at::Tensor& x) const;
};

/// Winograd for 3 x 3 with stride 1 where it pays, else a matrix product over gathered patches.
struct Conv2d {
    std::int64_t in = 0, out = 0, kernel = 3, stride = 1;
    std::int64_t padStart = 1, padEnd = 1; ///< rows above and below, columns left and right
    at::Tensor packed;                     ///< as of Linear; undefined where the transformed weights are kept in its place
    at::Tensor transformed;                ///< Winograd's, float32
    at::Tensor bias;                       ///< (out)
    static Conv2d load(const Weights& weights, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
                       bool bias = true);
    /// `biasInstead` (out) replaces the layer's own where it is defined.
    at::Tensor operator()(const at::Tensor& x, const ForwardContext& context, const at::Tensor& biasInstead = {}) const;
};

struct GroupNorm {
    at::Tensor weight, bias; ///< (channels)
    std::int64_t groups = 32;
    double eps = 1e-5;
    static GroupNorm load(const Weights& weights, std::int64_t channels, std::int64_t groups, double eps);
    at::Tensor operator()(const at::Tensor& x) const { return normalise(x, false); }
    /// silu(norm(x)), the pair before every convolution of a residual block, in one pass.
    at::Tensor silu(const at::Tensor& x) const { return normalise(x, true); }

private:
    at::Tensor normalise(const at::Tensor& x, bool silu) const;
};

struct LayerNorm {
    at::Tensor weight, bias;
    double eps = 1e-5;
    static LayerNorm load(const Weights& weights, std::int64_t channels, double eps = 1e-5);
    at::Tensor operator()(const at::Tensor& x) const;
};

} // namespace pentimento
