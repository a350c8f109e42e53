// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/picture_file.h"

#include <QBuffer>
#include <QImage>

namespace pentimento {

using Bytes = std::vector<std::uint8_t>;

inline Bytes encoded(const Picture& picture, const WriteOptions& options)
{
    auto bytes = encodePicture(picture, options);
    if (const auto* error = std::get_if<Error>(&bytes))
        qFatal("%s", formatError(*error).c_str());
    return std::get<Bytes>(std::move(bytes));
}

inline Picture decoded(const Bytes& bytes, const std::string& name = "memory")
{
    auto picture = readPicture(bytes, name);
    if (const auto* error = std::get_if<Error>(&picture))
        qFatal("%s", formatError(*error).c_str());
    return std::get<Picture>(std::move(picture));
}

/// A file that another library wrote.
inline Bytes savedByQt(const QImage& image, const char* format)
{
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, format))
        qFatal("Qt cannot write %s", format);
    return {bytes.begin(), bytes.end()};
}

inline std::uint32_t pngChecksum(const Bytes& bytes)
{
    std::uint32_t crc = 0xFFFFFFFFU;
    for (const std::uint8_t byte : bytes) {
        crc ^= byte;
        for (int i = 0; i < 8; ++i)
            crc = (crc >> 1) ^ ((crc & 1U) != 0 ? 0xEDB88320U : 0U);
    }
    return ~crc;
}

inline void appendBigEndian(Bytes& bytes, std::uint32_t value)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

inline Bytes pngChunk(std::string_view type, const Bytes& content)
{
    Bytes chunk;
    appendBigEndian(chunk, static_cast<std::uint32_t>(content.size()));
    Bytes checked(type.begin(), type.end());
    checked.insert(checked.end(), content.begin(), content.end());
    chunk.insert(chunk.end(), checked.begin(), checked.end());
    appendBigEndian(chunk, pngChecksum(checked));
    return chunk;
}

/// A smooth picture, which lossy formats keep well.
inline Image gradient(Size size, int channels)
{
    ImageBuffer picture(size.width, size.height, channels);
    for (int y = 0; y < size.height; ++y)
        for (int x = 0; x < size.width; ++x)
            for (int c = 0; c < channels; ++c)
                picture.row8(y)[x * channels + c] =
                    static_cast<std::uint8_t>((x * 200 / size.width + y * 50 / size.height + c * 2) % 256);
    return std::move(picture).share();
}

} // namespace pentimento
