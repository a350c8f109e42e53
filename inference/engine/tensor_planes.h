// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"
#include "inference/edit/planes.h"

#include <ATen/core/Tensor.h>

namespace pentimento {

/// Planes -> (1, c, h, w) float32, a copy.
at::Tensor toTensor(const Planes& planes);

/// (c, h, w) float32 -> planes.
Planes toPlanes(const at::Tensor& picture);

/// A grey picture of 8 bits -> (1, 1, h, w) in 0..1.
at::Tensor maskTensor(const Image& mask);

} // namespace pentimento
