// SPDX-License-Identifier: Apache-2.0
#include "inference/image/orientation.h"

#include <algorithm>
#include <cstring>

namespace pentimento {
namespace {

/// Where the stored pixel that is seen at (x, y) stands: column = x0 + x * xx + y * xy, row = y0 + x * yx + y * yy.
struct Lookup {
    int x0, xx, xy;
    int y0, yx, yy;
};

Lookup lookupFor(int orientation, int width, int height)
{
    const int right = width - 1, bottom = height - 1;
    switch (orientation) {
    case 2: return {right, -1, 0, 0, 0, 1};
    case 3: return {right, -1, 0, bottom, 0, -1};
    case 4: return {0, 1, 0, bottom, 0, -1};
    case 5: return {0, 0, 1, 0, 1, 0};
    case 6: return {0, 0, 1, bottom, -1, 0};
    case 7: return {right, 0, -1, bottom, -1, 0};
    case 8: return {right, 0, -1, 0, 1, 0};
    default: return {0, 1, 0, 0, 0, 1};
    }
}

template <std::size_t PixelBytes> void turn(const Image& image, const Lookup& lookup, ImageBuffer& result)
{
    constexpr int block = 32; // both pictures' rows of a block stay in cache when columns become rows
    for (int top = 0; top < result.height; top += block) {
        for (int left = 0; left < result.width; left += block) {
            for (int y = top; y < std::min(top + block, result.height); ++y) {
                std::byte* target = result.row(y) + static_cast<std::size_t>(left) * PixelBytes;
                for (int x = left; x < std::min(left + block, result.width); ++x, target += PixelBytes) {
                    const int column = lookup.x0 + x * lookup.xx + y * lookup.xy;
                    const int row = lookup.y0 + x * lookup.yx + y * lookup.yy;
                    std::memcpy(target, image.row(row) + static_cast<std::size_t>(column) * PixelBytes, PixelBytes);
                }
            }
        }
    }
}

} // namespace

Image uprightImage(const Image& image, int orientation)
{
    if (orientation <= 1 || orientation > 8)
        return image;
    const bool swapped = orientation >= 5;
    ImageBuffer result(swapped ? image.height : image.width, swapped ? image.width : image.height, image.channels, image.bits);
    const Lookup lookup = lookupFor(orientation, image.width, image.height);
    switch (image.pixelBytes()) {
    case 1: turn<1>(image, lookup, result); break;
    case 2: turn<2>(image, lookup, result); break;
    case 3: turn<3>(image, lookup, result); break;
    case 4: turn<4>(image, lookup, result); break;
    case 6: turn<6>(image, lookup, result); break;
    default: turn<8>(image, lookup, result); break;
    }
    return std::move(result).share();
}

} // namespace pentimento
