// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/picture_file.h"

#include <span>

/// One decoder and encoder per file format, behind readPicture and writePicture. All of them take whole files in memory
/// and throw Exception(BadInput) for what is damaged, naming no file (picture_reader adds it). Pixels come as stored:
/// picture_reader turns them upright. C libraries that report by longjmp do so only inside functions without
/// destructors.
namespace pentimento::codec {

using Bytes = std::span<const std::uint8_t>;

struct DecodeLimits {
    std::uint64_t maxPixels;
};

/// By the first bytes; TGA, which has none that tell, by the ending of `name`. Empty: no picture that is read here.
std::optional<FileFormat> detectFormat(Bytes file, const std::string& name);

/// Zeroed pixels, after the size was checked against the limit and the memory that can be had.
ImageBuffer allocatePixels(std::uint64_t width, std::uint64_t height, int channels, int bits, const DecodeLimits& limits);

PictureHeader readPngHeader(Bytes file);
PictureHeader readJpegHeader(Bytes file);
PictureHeader readWebPHeader(Bytes file);
PictureHeader readOtherHeader(Bytes file);

/// Metadata as stored: icc and exif filled, orientation not applied.
Picture decodePng(Bytes file, const DecodeLimits& limits);
Picture decodeJpeg(Bytes file, const DecodeLimits& limits);
Picture decodeWebP(Bytes file, const DecodeLimits& limits);
Picture decodeOther(Bytes file, const DecodeLimits& limits); ///< BMP, GIF (first frame), TGA, PSD, PNM

std::vector<std::uint8_t> encodePng(const Picture& picture, int level);
std::vector<std::uint8_t> encodeJpeg(const Picture& picture, int quality);
std::vector<std::uint8_t> encodeWebP(const Picture& picture, int quality, bool lossless);

[[noreturn]] void refuseDamaged(const std::string& detail);
[[noreturn]] void refuseTruncated(const std::string& detail);

} // namespace pentimento::codec
