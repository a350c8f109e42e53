// SPDX-License-Identifier: Apache-2.0
#include "inference/image/exif.h"

#include <algorithm>
#include <optional>

namespace pentimento {
namespace {

constexpr unsigned orientationTag = 0x0112;
constexpr unsigned thumbnailOffsetTag = 0x0201;
constexpr unsigned thumbnailLengthTag = 0x0202;
constexpr unsigned shortType = 3;
constexpr std::size_t entryBytes = 12;

/// Bounded reads and writes in the block's byte order; outside of it there is only 0.
class Tiff {
public:
    explicit Tiff(std::vector<std::uint8_t>& bytes) : m_bytes(bytes)
    {
        m_little = bytes.size() >= 8 && bytes[0] == 'I' && bytes[1] == 'I';
        m_valid = bytes.size() >= 8 && (m_little || (bytes[0] == 'M' && bytes[1] == 'M')) && number(2, 2) == 42;
    }

    bool valid() const { return m_valid; }
    bool holds(std::size_t at, std::size_t size) const { return at <= m_bytes.size() && size <= m_bytes.size() - at; }

    unsigned number(std::size_t at, std::size_t size) const
    {
        if (!holds(at, size))
            return 0;
        unsigned value = 0;
        for (std::size_t i = 0; i < size; ++i)
            value = value << 8 | m_bytes[m_little ? at + size - 1 - i : at + i];
        return value;
    }

    void setNumber(std::size_t at, std::size_t size, unsigned value)
    {
        if (!holds(at, size))
            return;
        for (std::size_t i = 0; i < size; ++i)
            m_bytes[m_little ? at + i : at + size - 1 - i] = static_cast<std::uint8_t>(value >> (8 * i));
    }

    void blank(std::size_t at, std::size_t size)
    {
        if (holds(at, size))
            std::fill_n(m_bytes.begin() + static_cast<std::ptrdiff_t>(at), size, std::uint8_t{0});
    }

    std::size_t firstDirectory() const { return number(4, 4); }
    /// Where the offset of the directory after the one at `directory` stands.
    std::size_t nextLink(std::size_t directory) const { return directory + 2 + entryBytes * number(directory, 2); }

    std::optional<std::size_t> entry(std::size_t directory, unsigned tag) const
    {
        const std::size_t count = number(directory, 2);
        for (std::size_t i = 0; i < count; ++i) {
            const std::size_t at = directory + 2 + entryBytes * i;
            if (!holds(at, entryBytes))
                return std::nullopt;
            if (number(at, 2) == tag)
                return at;
        }
        return std::nullopt;
    }

private:
    std::vector<std::uint8_t>& m_bytes;
    bool m_little = false;
    bool m_valid = false;
};

std::optional<std::size_t> orientationEntry(const Tiff& tiff)
{
    if (!tiff.valid())
        return std::nullopt;
    const auto at = tiff.entry(tiff.firstDirectory(), orientationTag);
    return at && tiff.number(*at + 2, 2) == shortType ? at : std::nullopt;
}

} // namespace

int exifOrientation(const std::vector<std::uint8_t>& exif)
{
    std::vector<std::uint8_t> copy = exif;
    const Tiff tiff(copy);
    const auto at = orientationEntry(tiff);
    const unsigned value = at ? tiff.number(*at + 8, 2) : 1;
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
}

void normalizeExif(std::vector<std::uint8_t>& exif)
{
    Tiff tiff(exif);
    if (!tiff.valid())
        return;
    if (const auto at = orientationEntry(tiff))
        tiff.setNumber(*at + 8, 2, 1);
    const std::size_t link = tiff.nextLink(tiff.firstDirectory());
    const std::size_t second = tiff.number(link, 4);
    if (second == 0)
        return;
    const auto offset = tiff.entry(second, thumbnailOffsetTag), length = tiff.entry(second, thumbnailLengthTag);
    if (offset && length)
        tiff.blank(tiff.number(*offset + 8, 4), tiff.number(*length + 8, 4));
    tiff.setNumber(link, 4, 0);
}

} // namespace pentimento
