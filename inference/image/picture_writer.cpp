// SPDX-License-Identifier: Apache-2.0
#include "inference/core/files.h"
#include "inference/core/text.h"
#include "inference/image/codecs.h"

#include <new>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

int sampleTo8(const Image& image, int y, int index)
{
    return image.bits == 16 ? (image.row16(y)[index] * 255 + 32767) / 65535 : image.row8(y)[index];
}

int overWhite(int value, int alpha)
{
    return (value * alpha + 255 * (255 - alpha) + 127) / 255;
}

/// 8 bits, the channels asked: grey is spread over RGB, alpha is laid on white where there is no room for it.
Image converted(const Image& image, int channels)
{
    if (image.bits == 8 && image.channels == channels)
        return image;
    ImageBuffer result(image.width, image.height, channels);
    const int colors = channels >= 3 ? 3 : 1;
    const bool keepAlpha = channels == 2 || channels == 4;
    for (int y = 0; y < image.height; ++y) {
        std::uint8_t* target = result.row8(y);
        for (int x = 0; x < image.width; ++x, target += channels) {
            const int first = x * image.channels;
            const int alpha = image.hasAlpha() ? sampleTo8(image, y, first + image.channels - 1) : 255;
            for (int c = 0; c < colors; ++c) {
                const int value = sampleTo8(image, y, first + (image.colorChannels() == 3 ? c : 0));
                target[c] = static_cast<std::uint8_t>(keepAlpha ? value : overWhite(value, alpha));
            }
            if (keepAlpha)
                target[colors] = static_cast<std::uint8_t>(alpha);
        }
    }
    return std::move(result).share();
}

std::vector<std::uint8_t> encode(const Picture& picture, const WriteOptions& options)
{
    if (picture.image.empty())
        throw Exception(ErrorCode::Internal, "there is no picture to write");
    Picture prepared = picture;
    switch (options.format) {
    case FileFormat::Png: return codec::encodePng(picture, options.pngLevel);
    case FileFormat::Jpeg:
        prepared.image = converted(picture.image, picture.image.colorChannels());
        return codec::encodeJpeg(prepared, options.quality);
    case FileFormat::WebP:
        prepared.image = converted(picture.image, picture.image.hasAlpha() ? 4 : 3);
        return codec::encodeWebP(prepared, options.quality, options.lossless);
    case FileFormat::Other: break;
    }
    throw Exception(ErrorCode::Unsupported, "this format cannot be written", {}, "choose PNG, JPEG or WebP");
}

} // namespace

Expected<std::vector<std::uint8_t>> encodePicture(const Picture& picture, const WriteOptions& options)
{
    try {
        return encode(picture, options);
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory, "there is not enough memory to write the picture", {}, "close other programs", {}};
    } catch (const std::exception& e) {
        return Error{ErrorCode::Internal, "the picture cannot be written", {}, {}, e.what()};
    }
}

std::optional<Error> writePicture(const fs::path& file, const Picture& picture, const WriteOptions& options)
{
    try {
        checkWritable(file);
        if (!options.overwrite && fs::exists(file))
            throw Exception(ErrorCode::Output, "the file exists already", file.string(),
                            "choose another name or allow to overwrite it");
        auto encoded = encodePicture(picture, options);
        if (auto* error = std::get_if<Error>(&encoded)) {
            error->where = file.string();
            return std::move(*error);
        }
        const auto& bytes = std::get<std::vector<std::uint8_t>>(encoded);
        AtomicFile output(file);
        output.write(bytes.data(), bytes.size());
        output.commit();
        return std::nullopt;
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::exception& e) {
        return Error{ErrorCode::Output, "the file cannot be written", file.string(), "choose another folder", e.what()};
    }
}

std::optional<FileFormat> formatFromName(const fs::path& file)
{
    const std::string ending = asciiLower(file.extension().string());
    if (ending == ".png")
        return FileFormat::Png;
    if (ending == ".jpg" || ending == ".jpeg" || ending == ".jpe")
        return FileFormat::Jpeg;
    if (ending == ".webp")
        return FileFormat::WebP;
    return std::nullopt;
}

} // namespace pentimento
