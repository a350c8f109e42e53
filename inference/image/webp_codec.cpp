// SPDX-License-Identifier: Apache-2.0
#include "inference/image/codecs.h"

#include <webp/decode.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace pentimento::codec {
namespace {

struct MuxDeleter {
    void operator()(WebPMux* mux) const { WebPMuxDelete(mux); }
};
using Mux = std::unique_ptr<WebPMux, MuxDeleter>;

WebPBitstreamFeatures featuresOf(Bytes file)
{
    WebPBitstreamFeatures features;
    const VP8StatusCode status = WebPGetFeatures(file.data(), file.size(), &features);
    if (status == VP8_STATUS_NOT_ENOUGH_DATA)
        refuseTruncated("libwebp: not enough data");
    if (status != VP8_STATUS_OK)
        refuseDamaged("libwebp: status " + std::to_string(status));
    return features;
}

std::vector<std::uint8_t> chunkOf(const WebPMux* mux, const char* fourcc)
{
    WebPData data{};
    if (WebPMuxGetChunk(mux, fourcc, &data) != WEBP_MUX_OK || !data.bytes)
        return {};
    return {data.bytes, data.bytes + data.size};
}

void addChunk(WebPMux* mux, const char* fourcc, const std::vector<std::uint8_t>& content)
{
    const WebPData data{content.data(), content.size()};
    if (!content.empty() && WebPMuxSetChunk(mux, fourcc, &data, 1) != WEBP_MUX_OK)
        throw Exception(ErrorCode::Internal, "the metadata cannot be written as WebP");
}

std::vector<std::uint8_t> withMetadata(const WebPMemoryWriter& stream, const Picture& picture)
{
    const Mux mux(WebPMuxNew());
    const WebPData image{stream.mem, stream.size};
    if (!mux || WebPMuxSetImage(mux.get(), &image, 0) != WEBP_MUX_OK)
        throw Exception(ErrorCode::Internal, "the picture cannot be written as WebP");
    addChunk(mux.get(), "ICCP", picture.icc);
    addChunk(mux.get(), "EXIF", picture.exif);
    WebPData assembled{};
    if (WebPMuxAssemble(mux.get(), &assembled) != WEBP_MUX_OK)
        throw Exception(ErrorCode::Internal, "the picture cannot be written as WebP");
    std::vector<std::uint8_t> bytes(assembled.bytes, assembled.bytes + assembled.size);
    WebPDataClear(&assembled);
    return bytes;
}

} // namespace

PictureHeader readWebPHeader(Bytes file)
{
    const WebPBitstreamFeatures features = featuresOf(file);
    return {{features.width, features.height}, FileFormat::WebP, features.has_alpha ? 4 : 3, 8};
}

Picture decodeWebP(Bytes file, const DecodeLimits& limits)
{
    const WebPBitstreamFeatures features = featuresOf(file);
    if (features.has_animation)
        throw Exception(ErrorCode::BadInput, "the WebP is an animation", {}, "save one frame of it as a picture");
    const bool alpha = features.has_alpha != 0;
    ImageBuffer buffer = allocatePixels(static_cast<std::uint64_t>(features.width), static_cast<std::uint64_t>(features.height),
                                        alpha ? 4 : 3, 8, limits);
    const std::size_t bytes = buffer.stride * static_cast<std::size_t>(buffer.height);
    const auto decode = alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
    if (!decode(file.data(), file.size(), buffer.row8(0), bytes, static_cast<int>(buffer.stride)))
        refuseTruncated("libwebp: the pixels cannot be decoded");

    Picture picture;
    picture.format = FileFormat::WebP;
    const WebPData data{file.data(), file.size()};
    if (const Mux mux{WebPMuxCreate(&data, 0)}) {
        picture.icc = chunkOf(mux.get(), "ICCP");
        picture.exif = chunkOf(mux.get(), "EXIF");
        // Some writers keep JPEG's prefix.
        constexpr char mark[6] = {'E', 'x', 'i', 'f', 0, 0};
        if (picture.exif.size() > sizeof mark && std::memcmp(picture.exif.data(), mark, sizeof mark) == 0)
            picture.exif.erase(picture.exif.begin(), picture.exif.begin() + sizeof mark);
    }
    picture.image = std::move(buffer).share();
    return picture;
}

std::vector<std::uint8_t> encodeWebP(const Picture& picture, int quality, bool lossless)
{
    const Image& image = picture.image;
    if (image.width > WEBP_MAX_DIMENSION || image.height > WEBP_MAX_DIMENSION)
        throw Exception(ErrorCode::Output, "a WebP has at most 16383 pixels a side", {}, "choose PNG");
    WebPConfig config;
    WebPPicture frame;
    if (!WebPConfigInit(&config) || !WebPPictureInit(&frame))
        throw Exception(ErrorCode::Internal, "the WebP library does not fit this program");
    if (lossless)
        WebPConfigLosslessPreset(&config, 6);
    else
        config.quality = static_cast<float>(std::clamp(quality, 1, 100));
    config.exact = 1; // keep the colour under transparent pixels
    frame.use_argb = lossless ? 1 : 0;
    frame.width = image.width;
    frame.height = image.height;

    WebPMemoryWriter stream;
    WebPMemoryWriterInit(&stream);
    const std::unique_ptr<WebPMemoryWriter, decltype(&WebPMemoryWriterClear)> streamOwner(&stream, &WebPMemoryWriterClear);
    const std::unique_ptr<WebPPicture, decltype(&WebPPictureFree)> frameOwner(&frame, &WebPPictureFree);
    frame.writer = WebPMemoryWrite;
    frame.custom_ptr = &stream;
    const auto import = image.channels == 4 ? WebPPictureImportRGBA : WebPPictureImportRGB;
    if (!import(&frame, image.row8(0), static_cast<int>(image.stride)) || !WebPEncode(&config, &frame))
        throw Exception(Error{frame.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ? ErrorCode::OutOfMemory : ErrorCode::Internal,
                              "the picture cannot be written as WebP",
                              {},
                              {},
                              "libwebp: error " + std::to_string(frame.error_code)});
    if (picture.icc.empty() && picture.exif.empty())
        return {stream.mem, stream.mem + stream.size};
    return withMetadata(stream, picture);
}

} // namespace pentimento::codec
