// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/safetensors_reader.h"

namespace pentimento {

/// Elements of a tensor that are no numbers to compute with.
struct NonFinite {
    std::uint64_t nan = 0, infinite = 0;
    bool any() const { return nan + infinite > 0; }
};

/// Looks at every element, in whatever float format it is stored; whole numbers are always fine.
NonFinite countNonFinite(const TensorEntry& entry);

} // namespace pentimento
