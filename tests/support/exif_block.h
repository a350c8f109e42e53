// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace pentimento {

/// A TIFF-structured EXIF block with an orientation, a camera name and a thumbnail of `thumbnail`'s bytes.
inline std::vector<std::uint8_t> exifBlock(int orientation, bool littleEndian, std::string_view thumbnail = "THUMBNAIL")
{
    std::vector<std::uint8_t> bytes;
    const auto number = [&](unsigned value, int size) {
        for (int i = 0; i < size; ++i)
            bytes.push_back(static_cast<std::uint8_t>(value >> (8 * (littleEndian ? i : size - 1 - i))));
    };
    const auto entry = [&](unsigned tag, unsigned type, unsigned count) {
        number(tag, 2);
        number(type, 2);
        number(count, 4);
    };
    constexpr unsigned firstDirectory = 8, nameAt = 38, secondDirectory = 46, thumbnailAt = 76;
    bytes.push_back(littleEndian ? 'I' : 'M');
    bytes.push_back(littleEndian ? 'I' : 'M');
    number(42, 2);
    number(firstDirectory, 4);
    number(2, 2);
    entry(0x0110, 2, 8); // model
    number(nameAt, 4);
    entry(0x0112, 3, 1);
    number(static_cast<unsigned>(orientation), 2);
    number(0, 2);
    number(secondDirectory, 4);
    for (const char c : std::string_view("Camera1\0", 8))
        bytes.push_back(static_cast<std::uint8_t>(c));
    number(2, 2);
    entry(0x0201, 4, 1);
    number(thumbnailAt, 4);
    entry(0x0202, 4, 1);
    number(static_cast<unsigned>(thumbnail.size()), 4);
    number(0, 4);
    bytes.insert(bytes.end(), thumbnail.begin(), thumbnail.end());
    return bytes;
}

} // namespace pentimento
