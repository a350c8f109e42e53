// SPDX-License-Identifier: Apache-2.0
#include "widgets/document/mask_tiles.h"

#include <algorithm>
#include <cstring>

namespace pentimento {
namespace {
constexpr qsizetype tileBytesCount = qsizetype(MaskTiles::tileSize) * MaskTiles::tileSize;

bool allZero(const QByteArray& bytes)
{
    return std::all_of(bytes.cbegin(), bytes.cend(), [](char c) { return c == 0; });
}
} // namespace

MaskTiles::MaskTiles(QSize size)
    : m_size(size), m_columns((size.width() + tileSize - 1) / tileSize),
      m_tiles(static_cast<std::size_t>(m_columns) * static_cast<std::size_t>((size.height() + tileSize - 1) / tileSize))
{
}

MaskTiles MaskTiles::fromImage(const QImage& grey)
{
    MaskTiles mask(grey.size());
    for (int i = 0; i < mask.tileCount(); ++i) {
        const QRect rect = mask.tileRect(i);
        uchar* tile = mask.writableTile(i);
        for (int y = 0; y < rect.height(); ++y)
            std::memcpy(tile + y * tileSize, grey.constScanLine(rect.y() + y) + rect.x(), std::size_t(rect.width()));
    }
    mask.dropZeroTiles();
    return mask;
}

QRect MaskTiles::tileRect(int index) const
{
    const QPoint corner((index % m_columns) * tileSize, (index / m_columns) * tileSize);
    return QRect(corner, QSize(tileSize, tileSize)).intersected(QRect(QPoint(0, 0), m_size));
}

int MaskTiles::valueAt(int x, int y) const
{
    if (x < 0 || y < 0 || x >= m_size.width() || y >= m_size.height())
        return 0;
    const uchar* tile = constTile(tileAt(x, y));
    return tile ? tile[(y % tileSize) * tileSize + x % tileSize] : 0;
}

const uchar* MaskTiles::constTile(int index) const
{
    const QByteArray& bytes = m_tiles[static_cast<std::size_t>(index)].bytes;
    return bytes.isEmpty() ? nullptr : reinterpret_cast<const uchar*>(bytes.constData());
}

uchar* MaskTiles::writableTile(int index)
{
    Tile& tile = m_tiles[static_cast<std::size_t>(index)];
    if (tile.bytes.isEmpty())
        tile.bytes = QByteArray(tileBytesCount, '\0');
    tile.painted = -1;
    return reinterpret_cast<uchar*>(tile.bytes.data());
}

void MaskTiles::setTileBytes(int index, const QByteArray& bytes)
{
    m_tiles[static_cast<std::size_t>(index)] = {bytes, bytes.isEmpty() ? 0 : -1};
}

void MaskTiles::dropZeroTiles()
{
    for (Tile& tile : m_tiles) {
        if (!tile.bytes.isEmpty() && allZero(tile.bytes))
            tile = {};
    }
}

void MaskTiles::fill(int value)
{
    for (int i = 0; i < tileCount(); ++i) {
        if (value == 0) {
            setTileBytes(i, {});
            continue;
        }
        const QRect rect = tileRect(i);
        uchar* tile = writableTile(i);
        for (int y = 0; y < rect.height(); ++y)
            std::memset(tile + y * tileSize, value, std::size_t(rect.width()));
    }
}

void MaskTiles::invert()
{
    for (int i = 0; i < tileCount(); ++i) {
        const QRect rect = tileRect(i);
        uchar* tile = writableTile(i);
        for (int y = 0; y < rect.height(); ++y) {
            for (int x = 0; x < rect.width(); ++x)
                tile[y * tileSize + x] = static_cast<uchar>(255 - tile[y * tileSize + x]);
        }
    }
    dropZeroTiles();
}

bool MaskTiles::isBlank() const
{
    return std::all_of(m_tiles.begin(), m_tiles.end(),
                       [](const Tile& tile) { return tile.bytes.isEmpty() || allZero(tile.bytes); });
}

QRect MaskTiles::paintedRect() const
{
    QRect painted;
    for (int i = 0; i < tileCount(); ++i) {
        const uchar* tile = constTile(i);
        const QRect rect = tileRect(i);
        if (!tile || painted.contains(rect))
            continue;
        for (int y = 0; y < rect.height(); ++y) {
            const uchar* row = tile + y * tileSize;
            const uchar* end = row + rect.width();
            const uchar* first = std::find_if(row, end, [](uchar v) { return v != 0; });
            if (first == end)
                continue;
            const uchar* last = end - 1;
            while (*last == 0)
                --last;
            painted |= QRect(QPoint(rect.x() + int(first - row), rect.y() + y), QPoint(rect.x() + int(last - row), rect.y() + y));
        }
    }
    return painted;
}

QRect MaskTiles::tilesRect() const
{
    QRect box;
    for (int i = 0; i < tileCount(); ++i) {
        if (!m_tiles[static_cast<std::size_t>(i)].bytes.isEmpty())
            box |= tileRect(i);
    }
    return box;
}

double MaskTiles::coverage() const
{
    if (m_size.isEmpty())
        return 0;
    qint64 painted = 0;
    for (const Tile& tile : m_tiles) {
        if (tile.painted < 0)
            tile.painted =
                int(std::count_if(tile.bytes.cbegin(), tile.bytes.cend(), [](char c) { return static_cast<uchar>(c) > 127; }));
        painted += tile.painted;
    }
    return double(painted) / (double(m_size.width()) * m_size.height());
}

QImage MaskTiles::toImage() const
{
    QImage image(m_size, QImage::Format_Grayscale8);
    image.fill(0);
    for (int i = 0; i < tileCount(); ++i) {
        const uchar* tile = constTile(i);
        if (!tile)
            continue;
        const QRect rect = tileRect(i);
        for (int y = 0; y < rect.height(); ++y)
            std::memcpy(image.scanLine(rect.y() + y) + rect.x(), tile + y * tileSize, std::size_t(rect.width()));
    }
    return image;
}

qint64 TileDelta::bytes() const
{
    qint64 sum = 0;
    for (const Entry& entry : entries)
        sum += entry.before.size() + entry.after.size();
    return sum;
}

TileDelta tileDifference(const MaskTiles& before, const MaskTiles& after)
{
    TileDelta delta;
    for (int i = 0; i < after.tileCount(); ++i) {
        const QByteArray& a = before.tileBytes(i);
        const QByteArray& b = after.tileBytes(i);
        // Shared tiles are equal without looking at their bytes.
        if (a.constData() == b.constData() || a == b)
            continue;
        delta.entries.push_back({i, a, b});
        delta.rect |= after.tileRect(i);
    }
    return delta;
}

} // namespace pentimento
