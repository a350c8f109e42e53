// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/layers.h"

#include <utility>
#include <vector>

namespace pentimento {

/// What depends on the prompt and the run's other conditions alone, computed once per job: one pair of keys and values
/// per cross-attention, in the order in which the model visits them.
struct EncodedContext {
    std::vector<std::pair<at::Tensor, at::Tensor>> keyValues; ///< each (n, tokens, channels)
    at::Tensor added;                                         ///< (n, timeChannels) of the time embedding; undefined: none
    at::Tensor timeCondition;                                 ///< (1, c) of its input, likewise
};

/// softmax(q k^T / sqrt(d)) v per head; q (n, s, c), k and v (n, t, c), c = heads x d. Works in tiles of queries, so
/// the s x t matrix never exists (FlashAttention's idea, Dao et al. 2022); polls between tiles.
at::Tensor attend(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, std::int64_t heads,
                  const ForwardContext& context);

struct Attention {
    Linear toQ, toK, toV, toOut;
    std::int64_t heads = 8;
    static Attention load(const Weights& weights, std::int64_t channels, std::int64_t contextChannels, std::int64_t heads);
    at::Tensor selfAttention(const at::Tensor& x, const ForwardContext& context) const;
    at::Tensor crossAttention(const at::Tensor& x, const std::pair<at::Tensor, at::Tensor>& keyValue,
                              const ForwardContext& context) const;
};

/// GEGLU feed-forward (Shazeer 2020): half of the first product gates the other through GELU.
struct FeedForward {
    Linear project, out;
    static FeedForward load(const Weights& weights, std::int64_t channels);
    at::Tensor operator()(const at::Tensor& x, const ForwardContext& context) const;
};

struct BasicTransformerBlock {
    LayerNorm norm1, norm2, norm3;
    Attention attn1, attn2;
    FeedForward ff;
    std::size_t contextIndex = 0; ///< of attn2 in EncodedContext
    static BasicTransformerBlock load(const Weights& weights, std::int64_t channels, std::int64_t contextChannels,
                                      std::int64_t heads);
    at::Tensor operator()(at::Tensor x, const EncodedContext& encoded, const ForwardContext& context) const;
};

/// Transformer over the cells of a feature map, with a residual around it.
struct Transformer2DModel {
    GroupNorm norm;
    Linear projIn, projOut; ///< 1 x 1 convolutions in some checkpoints: the same product
    std::vector<BasicTransformerBlock> blocks;
    static Transformer2DModel load(const Weights& weights, std::int64_t channels, std::int64_t contextChannels,
                                   std::int64_t heads, std::int64_t layers, std::int64_t groups);
    at::Tensor operator()(const at::Tensor& x, const EncodedContext& encoded, const ForwardContext& context) const;
};

} // namespace pentimento
