// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"
#include "inference/api/model_info.h"

#include <ATen/core/Tensor.h>

namespace pentimento {

/// Linear map from scaled latents to RGB in -1..1: the model's own, else Stable Diffusion 1/2's.
struct LatentRgb {
    at::Tensor factors; ///< (latentChannels, 3)
    at::Tensor bias;    ///< (3)
};
LatentRgb latentRgb(const ModelInfo& model);

/// The x0 estimate (1, c, h, w) as a small picture, one pixel per latent cell, with the original (1, 3, h * f, w * f)
/// in -1..1 where `latentMask` (1, 1, h, w) is 0; both may be undefined.
Image previewFromLatents(const at::Tensor& denoised, const LatentRgb& map, const at::Tensor& original,
                         const at::Tensor& latentMask);

/// (1, 3, h, w) in 0..1 -> RGB, 8 bit.
Image imageFromTensor(const at::Tensor& picture);

} // namespace pentimento
