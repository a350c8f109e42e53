// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QByteArray>
#include <QImage>
#include <QRect>
#include <QSize>

#include <vector>

namespace pentimento {

/// The painted mask: one byte per picture pixel (0 keep, 255 repaint) in square tiles that are shared between copies
/// until one of them writes. A copy is therefore a cheap snapshot; each copy belongs to one thread.
/// An empty tile (no bytes) is all zero. Bytes beyond the picture's edge are always zero.
class MaskTiles {
public:
    static constexpr int tileSize = 128;

    MaskTiles() = default;
    explicit MaskTiles(QSize size);
    /// From a Grayscale8 image of any size.
    static MaskTiles fromImage(const QImage& grey);

    QSize size() const { return m_size; }
    int columns() const { return m_columns; }
    int tileCount() const { return static_cast<int>(m_tiles.size()); }
    QRect tileRect(int index) const; ///< picture pixels, cut at the picture's edge
    int tileAt(int x, int y) const { return (y / tileSize) * m_columns + x / tileSize; }

    /// Zero outside the picture.
    int valueAt(int x, int y) const;
    const uchar* constTile(int index) const; ///< null when all zero
    uchar* writableTile(int index);          ///< detaches and allocates
    const QByteArray& tileBytes(int index) const { return m_tiles[static_cast<std::size_t>(index)].bytes; }
    void setTileBytes(int index, const QByteArray& bytes);
    void dropZeroTiles(); ///< gives back tiles that became all zero

    void fill(int value);
    void invert();

    bool isBlank() const;      ///< no pixel above zero
    QRect paintedRect() const; ///< bounding box of pixels above zero
    QRect tilesRect() const;   ///< bounding box of the tiles that are not empty: wider, but found at once
    double coverage() const;   ///< share of pixels above 127, 0..1
    QImage toImage() const;    ///< Grayscale8, a deep copy

private:
    struct Tile {
        QByteArray bytes;
        mutable int painted = 0; ///< pixels above 127, -1 unknown
    };
    QSize m_size;
    int m_columns = 0;
    std::vector<Tile> m_tiles;
};

/// What one change did to the mask, as the tiles before and after it (shared with the mask itself while they are
/// the newest).
struct TileDelta {
    struct Entry {
        int index = 0;
        QByteArray before;
        QByteArray after;
    };
    std::vector<Entry> entries;
    QRect rect; ///< picture pixels that may differ

    bool isEmpty() const { return entries.empty(); }
    qint64 bytes() const;
};

TileDelta tileDifference(const MaskTiles& before, const MaskTiles& after);

} // namespace pentimento
