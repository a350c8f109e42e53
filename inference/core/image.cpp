// SPDX-License-Identifier: Apache-2.0
#include "inference/api/image.h"

#include "inference/api/error.h"

#include <cstring>
#include <limits>
#include <new>

namespace pentimento {

ImageBuffer::ImageBuffer(int w, int h, int c, int b)
    : width(w), height(h), channels(c), bits(b),
      stride(static_cast<std::size_t>(w) * static_cast<std::size_t>(c) * static_cast<std::size_t>(b / 8))
{
    if (w <= 0 || h <= 0 || c < 1 || c > 4 || (b != 8 && b != 16))
        throw Exception(ErrorCode::Internal, "an image of impossible format was asked for");
    if (stride > std::numeric_limits<std::size_t>::max() / static_cast<std::size_t>(h))
        throw Exception(ErrorCode::OutOfMemory, "the picture is larger than the address space");
    try {
        data = std::make_shared<std::byte[]>(stride * static_cast<std::size_t>(h));
    } catch (const std::bad_alloc&) {
        throw Exception(ErrorCode::OutOfMemory, "there is not enough memory for the picture",
                        std::to_string(w) + " x " + std::to_string(h), "close other programs or use a smaller picture");
    }
}

Image ImageBuffer::share() &&
{
    std::byte* pixels = data.get();
    return {width, height, channels, bits, stride, std::shared_ptr<const std::byte>(std::move(data), pixels)};
}

ImageBuffer copyImage(const Image& image)
{
    ImageBuffer copy(image.width, image.height, image.channels, image.bits);
    for (int y = 0; y < image.height; ++y)
        std::memcpy(copy.row(y), image.row(y), copy.stride);
    return copy;
}

Image subImage(const Image& image, const Rect& rect)
{
    Image part = image;
    part.width = rect.width;
    part.height = rect.height;
    const std::byte* first = image.row(rect.y) + image.pixelBytes() * static_cast<std::size_t>(rect.x);
    part.data = std::shared_ptr<const std::byte>(image.data, first);
    return part;
}

} // namespace pentimento
