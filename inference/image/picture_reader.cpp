// SPDX-License-Identifier: Apache-2.0
#include "inference/core/files.h"
#include "inference/core/platform.h"
#include "inference/core/text.h"
#include "inference/image/codecs.h"
#include "inference/image/exif.h"
#include "inference/image/orientation.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

using codec::Bytes;

constexpr std::size_t largestFile = std::size_t{4} << 30;

bool startsWith(Bytes file, std::string_view magic, std::size_t at = 0)
{
    return file.size() >= at + magic.size() && std::memcmp(file.data() + at, magic.data(), magic.size()) == 0;
}

/// Formats that people have and that are not read here get their name in the message.
[[noreturn]] void refuseUnknown(Bytes file)
{
    using namespace std::string_view_literals;
    const char* what = "this is no picture";
    if (startsWith(file, "II*\0"sv) || startsWith(file, "MM\0*"sv))
        what = "TIFF and raw camera files are not read";
    else if (startsWith(file, "ftyp"sv, 4))
        what = "HEIC, AVIF and video files are not read";
    else if (startsWith(file, "<svg"sv) || startsWith(file, "<?xml"sv))
        what = "SVG drawings are not read";
    throw Exception(ErrorCode::BadInput, what, {}, "save it as PNG, JPEG or WebP");
}

FileFormat formatOf(Bytes file, const std::string& name)
{
    if (file.empty())
        throw Exception(ErrorCode::BadInput, "the file is empty", {}, "get a fresh copy of it");
    const auto format = codec::detectFormat(file, name);
    if (!format)
        refuseUnknown(file);
    return *format;
}

PictureHeader headerOf(Bytes file, const std::string& name)
{
    switch (formatOf(file, name)) {
    case FileFormat::Png: return codec::readPngHeader(file);
    case FileFormat::Jpeg: return codec::readJpegHeader(file);
    case FileFormat::WebP: return codec::readWebPHeader(file);
    case FileFormat::Other: break;
    }
    return codec::readOtherHeader(file);
}

Picture decode(Bytes file, const std::string& name, const codec::DecodeLimits& limits)
{
    switch (formatOf(file, name)) {
    case FileFormat::Png: return codec::decodePng(file, limits);
    case FileFormat::Jpeg: return codec::decodeJpeg(file, limits);
    case FileFormat::WebP: return codec::decodeWebP(file, limits);
    case FileFormat::Other: break;
    }
    return codec::decodeOther(file, limits);
}

Picture uprightPicture(Bytes file, const std::string& name, const codec::DecodeLimits& limits)
{
    Picture picture = decode(file, name, limits);
    picture.image = uprightImage(picture.image, exifOrientation(picture.exif));
    normalizeExif(picture.exif);
    return picture;
}

/// Runs `work` and turns what it throws into a value that names the file.
template <typename Work> auto guarded(const std::string& name, Work work) -> Expected<decltype(work())>
{
    try {
        return work();
    } catch (const Exception& e) {
        Error error = e.error();
        if (error.where.empty())
            error.where = name;
        return error;
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory,
                     "there is not enough memory for the picture",
                     name,
                     "close other programs or use a smaller picture",
                     {}};
    } catch (const std::exception& e) {
        return Error{ErrorCode::BadInput, "the picture cannot be read", name, "check the disk", e.what()};
    }
}

void refuseFolder(const fs::path& file)
{
    std::error_code ec;
    if (!fs::exists(file, ec))
        throw Exception(ErrorCode::BadInput, "the file does not exist", file.string(), "check its name");
    if (fs::is_directory(file, ec))
        throw Exception(ErrorCode::BadInput, "this is a folder, not a file", file.string(), "name a file in it");
}

} // namespace

namespace codec {

std::optional<FileFormat> detectFormat(Bytes file, const std::string& name)
{
    using namespace std::string_view_literals;
    if (startsWith(file, "\x89PNG\r\n\x1a\n"sv))
        return FileFormat::Png;
    if (startsWith(file, "\xff\xd8\xff"sv))
        return FileFormat::Jpeg;
    if (startsWith(file, "RIFF"sv) && startsWith(file, "WEBP"sv, 8))
        return FileFormat::WebP;
    for (const std::string_view magic : {"BM"sv, "GIF8"sv, "8BPS"sv, "P5"sv, "P6"sv}) {
        if (startsWith(file, magic))
            return FileFormat::Other;
    }
    if (asciiLower(fs::path(name).extension().string()) == ".tga")
        return FileFormat::Other;
    return std::nullopt;
}

ImageBuffer allocatePixels(std::uint64_t width, std::uint64_t height, int channels, int bits, const DecodeLimits& limits)
{
    const std::string size = std::to_string(width) + " x " + std::to_string(height);
    if (width == 0 || height == 0)
        refuseDamaged("no pixels");
    if (width > INT32_MAX || height > INT32_MAX || width > limits.maxPixels / height)
        throw Exception(ErrorCode::BadInput, "the picture has too many pixels: " + size, {}, "use a smaller picture");
    const std::uint64_t bytes = width * height * static_cast<std::uint64_t>(channels * bits / 8);
    if (bytes > platform::availableMemory())
        throw Exception(ErrorCode::OutOfMemory, "there is not enough memory for a picture of " + size, {},
                        "close other programs or use a smaller picture");
    return {static_cast<int>(width), static_cast<int>(height), channels, bits};
}

void refuseDamaged(const std::string& detail)
{
    throw Exception(Error{ErrorCode::BadInput, "the picture is damaged", {}, "get a fresh copy of the file", detail});
}

void refuseTruncated(const std::string& detail)
{
    throw Exception(Error{ErrorCode::BadInput, "the picture is truncated", {}, "get a fresh copy of the file", detail});
}

} // namespace codec

Expected<PictureHeader> readPictureHeader(const fs::path& file)
{
    return guarded(file.string(), [&] {
        refuseFolder(file);
        // Mapped, so that only the pages that the header is on are read.
        const platform::MappedFile mapped(file);
        return headerOf({reinterpret_cast<const std::uint8_t*>(mapped.data()), mapped.size()}, file.string());
    });
}

Expected<Picture> readPicture(const fs::path& file, std::uint64_t maxPixels)
{
    return guarded(file.string(), [&] {
        const std::vector<std::uint8_t> bytes = readBinaryFile(file, largestFile);
        return uprightPicture(bytes, file.string(), {maxPixels});
    });
}

Expected<Picture> readPicture(const std::vector<std::uint8_t>& bytes, const std::string& name, std::uint64_t maxPixels)
{
    return guarded(name, [&] { return uprightPicture(bytes, name, {maxPixels}); });
}

} // namespace pentimento
