// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"
#include "inference/api/image.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pentimento {

enum class FileFormat { Png, Jpeg, WebP, Other };

/// A decoded file: upright pixels in the file's own depth, and what must survive a save.
struct Picture {
    Image image;
    FileFormat format = FileFormat::Png;
    std::vector<std::uint8_t> icc;  ///< ICC profile, empty if none
    std::vector<std::uint8_t> exif; ///< TIFF-structured EXIF block (no "Exif\0\0" prefix), orientation reset to 1,
                                    ///< thumbnail removed (it would show what an edit took away)
};

struct PictureHeader {
    Size size; ///< as stored, before orientation
    FileFormat format = FileFormat::Png;
    int channels = 0;
    int bits = 8;
};

struct WriteOptions {
    FileFormat format = FileFormat::Png;
    int quality = 95;      ///< 1..100, JPEG and lossy WebP
    bool lossless = false; ///< WebP only
    int pngLevel = 6;      ///< 0..9 deflate level
    bool overwrite = true; ///< false: an existing file is an Output error
};

/// Format and size from the first bytes of the file, nothing decoded.
Expected<PictureHeader> readPictureHeader(const std::filesystem::path& file);

/// PNG, JPEG and WebP with ICC and EXIF; BMP, GIF, TGA, PSD, PNM through stb_image (format Other).
/// EXIF orientation is applied to the pixels; a PNG with another gamma than sRGB's and no profile is turned into sRGB.
/// Refuses more than `maxPixels`. CMYK JPEG is BadInput with a remedy.
Expected<Picture> readPicture(const std::filesystem::path& file, std::uint64_t maxPixels = std::uint64_t{1} << 31);
Expected<Picture> readPicture(const std::vector<std::uint8_t>& bytes, const std::string& name,
                              std::uint64_t maxPixels = std::uint64_t{1} << 31);

/// A mask as the engine takes it: luminance over black, alpha honoured, 16 bit scaled to 8; grey, 8 bit.
Expected<Image> readMask(const std::filesystem::path& file);
Image toMask(const Image& image);

/// Writes beside the target and renames, so that the target is never half-written. JPEG takes no alpha (laid on
/// white) and 8 bit only. Nothing is left behind on failure.
std::optional<Error> writePicture(const std::filesystem::path& file, const Picture& picture, const WriteOptions& options);
Expected<std::vector<std::uint8_t>> encodePicture(const Picture& picture, const WriteOptions& options);

/// By the file name's ending, case-insensitive: png, jpg, jpeg, jpe, webp.
std::optional<FileFormat> formatFromName(const std::filesystem::path& file);

} // namespace pentimento
