// SPDX-License-Identifier: Apache-2.0
#include "inference/api/picture_file.h"

namespace pentimento {
namespace {

/// Rec. 601, in the samples' own range.
template <typename Sample> unsigned luminance(const Sample* pixel, int channels)
{
    if (channels < 3)
        return pixel[0];
    return (299U * pixel[0] + 587U * pixel[1] + 114U * pixel[2] + 500U) / 1000U;
}

template <typename Sample> void toMaskRow(const Sample* pixels, int width, int channels, unsigned largest, std::uint8_t* target)
{
    const bool hasAlpha = channels == 2 || channels == 4;
    for (int x = 0; x < width; ++x, pixels += channels) {
        const std::uint64_t value = luminance(pixels, channels);
        const std::uint64_t alpha = hasAlpha ? pixels[channels - 1] : largest;
        const std::uint64_t whole = std::uint64_t{largest} * largest;
        target[x] = static_cast<std::uint8_t>((value * alpha * 255U + whole / 2) / whole);
    }
}

} // namespace

Image toMask(const Image& image)
{
    if (image.empty() || (image.channels == 1 && image.bits == 8))
        return image;
    ImageBuffer mask(image.width, image.height, 1);
    for (int y = 0; y < image.height; ++y) {
        if (image.bits == 16)
            toMaskRow(image.row16(y), image.width, image.channels, 65535, mask.row8(y));
        else
            toMaskRow(image.row8(y), image.width, image.channels, 255, mask.row8(y));
    }
    return std::move(mask).share();
}

Expected<Image> readMask(const std::filesystem::path& file)
{
    auto picture = readPicture(file);
    if (auto* error = std::get_if<Error>(&picture))
        return std::move(*error);
    try {
        return toMask(std::get<Picture>(picture).image);
    } catch (const Exception& e) {
        return e.error();
    }
}

} // namespace pentimento
