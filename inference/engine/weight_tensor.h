// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/tensor_map.h"

#include <ATen/core/Tensor.h>

namespace pentimento {

/// Why a stored tensor cannot serve where `shape` is needed ("has the shape [4] where the config needs [8]"); empty when
/// it can. Trailing sides of 1 do not count: linear layers and 1 x 1 convolutions are stored either way.
std::string shapeMisfit(const StoredTensor& tensor, at::IntArrayRef shape);

/// A float32 copy of `shape`, the only one that is made. Throws Exception: BadInput where the shape does not fit,
/// Unsupported for a format that is not read; `where` names the tensor.
at::Tensor weightTensor(const StoredTensor& tensor, at::IntArrayRef shape, const std::string& where);

/// The same without a copy, in the file's own float type, where it lies there as it is needed (fp8 becomes float16); valid
/// while the mapping is.
at::Tensor weightView(const StoredTensor& tensor, at::IntArrayRef shape, const std::string& where);

} // namespace pentimento
