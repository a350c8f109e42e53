// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/lora_file.h"

#include <ATen/core/Tensor.h>

namespace pentimento {

/// One module's update and how strongly it is wanted.
struct LoraUpdate {
    const LoraModule& module;
    double strength = 1; ///< negative: away from it; 0: nothing
    std::string file;    ///< for errors
};

/// `weight` (out, in, ...) in float32 with the update in it, a new tensor of the same shape:
///   LoRA  W + m s up down (Hu et al. 2021), convolutions flattened; with a Tucker core  up[p,i] core[i,j,...] down[j,q]
///   LoHa  W + m s (w1a w1b) * (w2a w2b), each with its core where there is one (Hyeon-Woo et al. 2021; LyCORIS)
///   LoKr  W + m s kron(w1, w2); s is 1 where both are whole (LyCORIS)
///   diff  W + m diff
/// with m the strength and s = alpha / rank, for peft's rank-stabilised ones alpha / sqrt(rank), or 1 without an alpha. DoRA (Liu
/// et al. 2024): V = W + s delta is brought to the file's lengths of rows or columns, W' = V length / |V|, and W + m (W' - W) is
/// the result, as in AUTOMATIC1111's web UI and ComfyUI, so that m = 0 means nothing. An update of 4 input channels serves an
/// inpainting model's 9: the others stay. Throws Exception(BadInput) naming file and tensor when shapes do not fit or a number is
/// none.
at::Tensor withUpdate(const at::Tensor& weight, const LoraUpdate& update);
/// The same for the module's bias (out).
at::Tensor biasWithUpdate(const at::Tensor& bias, const LoraUpdate& update);

} // namespace pentimento
