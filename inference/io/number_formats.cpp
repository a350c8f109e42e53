// SPDX-License-Identifier: Apache-2.0
#include "inference/io/number_formats.h"

#include "inference/api/error.h"

#include <cmath>
#include <cstring>
#include <limits>

namespace pentimento {
namespace {

/// A float of sign, `exponentBits` and `mantissaBits`, all ones in the exponent meaning what IEEE 754 says.
float smallFloat(unsigned bits, int exponentBits, int mantissaBits)
{
    const unsigned mantissa = bits & ((1U << mantissaBits) - 1), ones = (1U << exponentBits) - 1;
    const unsigned exponent = bits >> mantissaBits & ones;
    const int bias = static_cast<int>(ones >> 1);
    float value = 0;
    if (exponent == ones)
        value = mantissa == 0 ? std::numeric_limits<float>::infinity() : std::numeric_limits<float>::quiet_NaN();
    else if (exponent == 0)
        value = std::ldexp(static_cast<float>(mantissa), 1 - bias - mantissaBits);
    else
        value = std::ldexp(static_cast<float>(mantissa + (1U << mantissaBits)), static_cast<int>(exponent) - bias - mantissaBits);
    return bits >> (exponentBits + mantissaBits) & 1 ? -value : value;
}

float e4m3(unsigned bits)
{
    const unsigned magnitude = bits & 0x7f;
    if (magnitude == 0x7f)
        return std::copysign(std::numeric_limits<float>::quiet_NaN(), bits & 0x80 ? -1.0F : 1.0F);
    // The exponent of all ones is an ordinary one here.
    const float value = magnitude < 0x78 ? smallFloat(magnitude, 4, 3) : std::ldexp(static_cast<float>(8 + (bits & 7)), 5);
    return bits & 0x80 ? -value : value;
}

std::array<float, 256> table(float (*value)(unsigned))
{
    std::array<float, 256> values;
    for (unsigned i = 0; i < values.size(); ++i)
        values[i] = value(i);
    return values;
}

template <typename T> T read(const std::byte* data, std::size_t index)
{
    T value;
    std::memcpy(&value, data + index * sizeof(T), sizeof(T));
    return value;
}

} // namespace

const std::array<float, 256>& float8Values(Dtype dtype)
{
    static const std::array<float, 256> f8e4m3 = table(e4m3);
    static const std::array<float, 256> f8e5m2 = table([](unsigned bits) { return smallFloat(bits, 5, 2); });
    return dtype == Dtype::F8E4M3 ? f8e4m3 : f8e5m2;
}

std::vector<float> floatValues(const TensorEntry& entry, const std::string& where)
{
    std::vector<float> values(entry.elements());
    for (std::size_t i = 0; i < values.size(); ++i) {
        switch (entry.dtype) {
        case Dtype::F64: values[i] = static_cast<float>(read<double>(entry.data, i)); break;
        case Dtype::F32: values[i] = read<float>(entry.data, i); break;
        case Dtype::F16: values[i] = smallFloat(read<std::uint16_t>(entry.data, i), 5, 10); break;
        case Dtype::BF16: values[i] = smallFloat(read<std::uint16_t>(entry.data, i), 8, 7); break;
        case Dtype::F8E4M3:
        case Dtype::F8E5M2: values[i] = float8Values(entry.dtype)[read<std::uint8_t>(entry.data, i)]; break;
        default:
            throw Exception(ErrorCode::Unsupported, std::string("weights stored as ") + dtypeName(entry.dtype) + " are not read",
                            where, "get the model in float16");
        }
    }
    return values;
}

} // namespace pentimento
