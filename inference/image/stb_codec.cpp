// SPDX-License-Identifier: Apache-2.0
// Formats that carry nothing but pixels, through stb_image.
#include "inference/image/codecs.h"

#include <algorithm>
#include <bit>
#include <climits>
#include <cstring>
#include <memory>

#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_BMP
#define STBI_ONLY_GIF
#define STBI_ONLY_PNM
#define STBI_ONLY_PSD
#define STBI_ONLY_TGA
#define STBI_NO_STDIO
#define STBI_MAX_DIMENSIONS (1 << 20)
#include <stb_image.h>

namespace pentimento::codec {
namespace {

/// stb_image reads zeros beyond the end and says nothing; this notices that it asked for them. Its first read goes
/// into its own buffer, which it fills with whatever there is; reads to other places need every byte.
struct Source {
    Bytes file;
    std::size_t position = 0;
    const char* ownBuffer = nullptr;
    bool ended = false;
};

int onRead(void* user, char* data, int size)
{
    auto* source = static_cast<Source*>(user);
    const std::size_t left = source->file.size() - source->position;
    const std::size_t wanted = static_cast<std::size_t>(std::max(size, 0));
    if (!source->ownBuffer)
        source->ownBuffer = data;
    if (data == source->ownBuffer ? left == 0 : wanted > left)
        source->ended = true;
    const std::size_t count = std::min(left, wanted);
    std::memcpy(data, source->file.data() + source->position, count);
    source->position += count;
    return static_cast<int>(count);
}

void onSkip(void* user, int count)
{
    auto* source = static_cast<Source*>(user);
    const std::size_t left = source->file.size() - source->position;
    if (count < 0) {
        source->position -= std::min(source->position, static_cast<std::size_t>(-static_cast<long long>(count)));
        return;
    }
    if (static_cast<std::size_t>(count) > left)
        source->ended = true;
    source->position += std::min(left, static_cast<std::size_t>(count));
}

int onEnd(void* user)
{
    const auto* source = static_cast<Source*>(user);
    return source->position == source->file.size() ? 1 : 0;
}

constexpr stbi_io_callbacks callbacks = {onRead, onSkip, onEnd};

struct Facts {
    int width = 0;
    int height = 0;
    int channels = 0;
    bool deep = false;
};

Facts factsOf(Bytes file)
{
    Source source{file};
    Facts facts;
    if (!stbi_info_from_callbacks(&callbacks, &source, &facts.width, &facts.height, &facts.channels) || facts.width <= 0 ||
        facts.height <= 0)
        refuseDamaged(std::string("stb_image: ") + stbi_failure_reason());
    Source again{file};
    facts.deep = stbi_is_16_bit_from_callbacks(&callbacks, &again) != 0;
    return facts;
}

} // namespace

PictureHeader readOtherHeader(Bytes file)
{
    const Facts facts = factsOf(file);
    return {{facts.width, facts.height}, FileFormat::Other, facts.channels, facts.deep ? 16 : 8};
}

Picture decodeOther(Bytes file, const DecodeLimits& limits)
{
    const Facts facts = factsOf(file);
    const int bits = facts.deep ? 16 : 8;
    ImageBuffer buffer = allocatePixels(static_cast<std::uint64_t>(facts.width), static_cast<std::uint64_t>(facts.height),
                                        facts.channels, bits, limits);
    Source source{file};
    int width = 0, height = 0, channels = 0;
    void* decoded =
        facts.deep
            ? static_cast<void*>(stbi_load_16_from_callbacks(&callbacks, &source, &width, &height, &channels, facts.channels))
            : stbi_load_from_callbacks(&callbacks, &source, &width, &height, &channels, facts.channels);
    const std::unique_ptr<void, decltype(&stbi_image_free)> owner(decoded, &stbi_image_free);
    if (source.ended)
        refuseTruncated("stb_image asked for more bytes than there are");
    if (!decoded || width != buffer.width || height != buffer.height)
        refuseDamaged(std::string("stb_image: ") + (decoded ? "two sizes" : stbi_failure_reason()));
    std::memcpy(buffer.row(0), decoded, buffer.stride * static_cast<std::size_t>(height));
    // stb_image leaves the samples of a PNM as they are in the file, where they are big endian.
    if (facts.deep && file[0] == 'P' && std::endian::native == std::endian::little) {
        for (int y = 0; y < height; ++y)
            std::transform(buffer.row16(y), buffer.row16(y) + width * facts.channels, buffer.row16(y),
                           [](unsigned sample) { return static_cast<std::uint16_t>(sample << 8 | sample >> 8); });
    }
    Picture picture;
    picture.format = FileFormat::Other;
    picture.image = std::move(buffer).share();
    return picture;
}

} // namespace pentimento::codec
