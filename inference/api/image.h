// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/geometry.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace pentimento {

/// Immutable, shared pixels: interleaved samples, rows from the top, straight (not premultiplied) alpha.
/// Copying shares the pixels, so a copy is a snapshot that any thread may read.
/// channels: 1 grey, 2 grey + alpha, 3 RGB, 4 RGBA. bits: 8 or 16 per sample, native byte order.
struct Image {
    int width = 0;
    int height = 0;
    int channels = 0;
    int bits = 8;
    std::size_t stride = 0;                ///< bytes from one row to the next
    std::shared_ptr<const std::byte> data; ///< may alias another owner's memory (a QImage, a mapped file)

    bool empty() const { return !data || width <= 0 || height <= 0; }
    Size size() const { return {width, height}; }
    bool hasAlpha() const { return channels == 2 || channels == 4; }
    int colorChannels() const { return channels >= 3 ? 3 : 1; }
    std::size_t pixelBytes() const { return static_cast<std::size_t>(channels) * static_cast<std::size_t>(bits / 8); }
    const std::byte* row(int y) const { return data.get() + stride * static_cast<std::size_t>(y); }
    const std::uint8_t* row8(int y) const { return reinterpret_cast<const std::uint8_t*>(row(y)); }
    const std::uint16_t* row16(int y) const { return reinterpret_cast<const std::uint16_t*>(row(y)); }
};

/// Mutable pixels with one owner; share() turns them into an Image without copying.
struct ImageBuffer {
    int width = 0;
    int height = 0;
    int channels = 0;
    int bits = 8;
    std::size_t stride = 0;
    std::shared_ptr<std::byte[]> data;

    ImageBuffer() = default;
    /// Zeroed pixels, tightly packed. Throws Exception(OutOfMemory) when they cannot be had.
    ImageBuffer(int width, int height, int channels, int bits = 8);

    Size size() const { return {width, height}; }
    std::byte* row(int y) { return data.get() + stride * static_cast<std::size_t>(y); }
    std::uint8_t* row8(int y) { return reinterpret_cast<std::uint8_t*>(row(y)); }
    std::uint16_t* row16(int y) { return reinterpret_cast<std::uint16_t*>(row(y)); }
    Image share() &&;
};

/// A deep, tightly packed copy.
ImageBuffer copyImage(const Image& image);

/// Part of an image, sharing its pixels. `rect` must lie inside.
Image subImage(const Image& image, const Rect& rect);

/// What a run changed: `pixels` (format of the edited picture) replace the picture inside `rect` where `alpha`
/// (grey, 8 bit, same size) is 255, are mixed where it is between, and are without effect where it is 0.
struct Patch {
    Rect rect;
    Image pixels;
    Image alpha;
};

/// Pastes `patch` into pixels of the same format (stride in bytes, `size` of the whole picture).
/// A pixel whose alpha is 0 keeps its bytes; 255 takes the patch's bytes; the picture's own alpha channel is kept.
/// The one function by which window, command line and server apply a result.
void pastePatch(std::byte* picture, std::size_t stride, Size size, const Patch& patch);

} // namespace pentimento
