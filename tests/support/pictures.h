// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"

#include <cstring>
#include <random>

namespace pentimento {

/// A picture of noise, the same for the same generator state.
inline Image noisePicture(Size size, int channels, int bits, std::mt19937& random)
{
    ImageBuffer picture(size.width, size.height, channels, bits);
    for (int y = 0; y < size.height; ++y) {
        for (std::size_t i = 0; i < picture.stride; ++i)
            picture.row8(y)[i] = static_cast<std::uint8_t>(random());
    }
    return std::move(picture).share();
}

/// A black mask with `rect` painted in `value`.
inline Image rectMask(Size size, const Rect& rect, std::uint8_t value = 255)
{
    ImageBuffer mask(size.width, size.height, 1);
    for (int y = rect.y; y < rect.bottom(); ++y)
        std::memset(mask.row8(y) + rect.x, value, static_cast<std::size_t>(rect.width));
    return std::move(mask).share();
}

inline bool samePixels(const Image& a, const Image& b)
{
    if (a.size() != b.size() || a.channels != b.channels || a.bits != b.bits)
        return false;
    const std::size_t bytes = a.pixelBytes() * static_cast<std::size_t>(a.width);
    for (int y = 0; y < a.height; ++y) {
        if (std::memcmp(a.row(y), b.row(y), bytes) != 0)
            return false;
    }
    return true;
}

inline int randomInt(std::mt19937& random, int low, int high)
{
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
}

} // namespace pentimento
