// SPDX-License-Identifier: Apache-2.0
#include "inference/io/non_finite.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pentimento {
namespace {

/// `exponent`: the exponent's bits, all of them set in what is not finite (IEEE 754; bfloat16 alike); `mantissa`: of a NaN,
/// one at least is set. Without `infinities` the largest mantissa alone is a NaN (E4M3).
template <typename Bits> NonFinite count(const TensorEntry& entry, Bits exponent, Bits mantissa, bool infinities = true)
{
    std::array<Bits, 4096> block; // entries are not always aligned
    NonFinite found;
    for (std::size_t done = 0; done < entry.bytes;) {
        const std::size_t bytes = std::min(entry.bytes - done, sizeof block);
        std::memcpy(block.data(), entry.data + done, bytes);
        std::uint32_t special = 0, nan = 0;
        for (std::size_t i = 0; i < bytes / sizeof(Bits); ++i) {
            const bool full = (block[i] & exponent) == exponent;
            const Bits rest = block[i] & mantissa;
            special += full;
            nan += full && (infinities ? rest != 0 : rest == mantissa);
        }
        found.nan += nan;
        found.infinite += infinities ? special - nan : 0;
        done += bytes;
    }
    return found;
}

} // namespace

NonFinite countNonFinite(const TensorEntry& entry)
{
    switch (entry.dtype) {
    case Dtype::F64: return count<std::uint64_t>(entry, 0x7ff0000000000000U, 0x000fffffffffffffU);
    case Dtype::F32: return count<std::uint32_t>(entry, 0x7f800000U, 0x007fffffU);
    case Dtype::F16: return count<std::uint16_t>(entry, 0x7c00U, 0x03ffU);
    case Dtype::BF16: return count<std::uint16_t>(entry, 0x7f80U, 0x007fU);
    case Dtype::F8E5M2: return count<std::uint8_t>(entry, 0x7cU, 0x03U);
    case Dtype::F8E4M3: return count<std::uint8_t>(entry, 0x78U, 0x07U, false);
    default: return {};
    }
}

} // namespace pentimento
