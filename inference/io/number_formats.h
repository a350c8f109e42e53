// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/safetensors_reader.h"

#include <array>

namespace pentimento {

/// Value of every byte as an 8-bit float (Micikevicius et al. 2022, "FP8 formats for deep learning"). E4M3 has no
/// infinities and one NaN of each sign, as PyTorch's float8_e4m3fn; E5M2 follows IEEE 754.
const std::array<float, 256>& float8Values(Dtype f8e4m3OrF8e5m2);

/// The elements of a stored float tensor. Throws Exception(Unsupported) for whole numbers; `where` names the tensor.
std::vector<float> floatValues(const TensorEntry& entry, const std::string& where);

} // namespace pentimento
