// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/mask_overlay.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pentimento
{
namespace
{

constexpr int dash = 5; // device pixels

/// Picture columns (or rows) that a run of device pixels samples: one when zoomed in, the mean of two when out.
struct SampleAxis {
    std::vector<int> first, second;
    SampleAxis(int start, int count, double origin, double scale)
    {
        const double offset = scale < 1 ? 0.25 : 0;
        for (int i = 0; i < count; ++i) {
            const double centre = start + i + 0.5 - origin;
            first.push_back(int(std::floor((centre - offset) / scale)));
            second.push_back(int(std::floor((centre + offset) / scale)));
        }
    }
};

/// One row of a mask; remembers the tile it read last, since neighbours mostly lie in the same.
class MaskRow
{
public:
    MaskRow(const MaskTiles& mask, int y) : m_mask(mask), m_y(y >= 0 && y < mask.size().height() ? y : -1) {}
    int operator()(int x)
    {
        if (m_y < 0 || x < 0 || x >= m_mask.size().width())
            return 0;
        const int column = int(unsigned(x) / MaskTiles::tileSize);
        if (column != m_column) {
            m_column = column;
            const uchar* tile = m_mask.constTile(m_mask.tileAt(x, m_y));
            m_row = tile ? tile + (m_y % MaskTiles::tileSize) * MaskTiles::tileSize : nullptr;
        }
        return m_row ? m_row[unsigned(x) % MaskTiles::tileSize] : 0;
    }

private:
    const MaskTiles& m_mask;
    int m_y;
    int m_column = -1;
    const uchar* m_row = nullptr;
};

/// One row of an opacity image that lies at `corner`: 255 where it is above zero.
class RimRow
{
public:
    RimRow(const QImage& alpha, QPoint corner, int y) : m_left(corner.x()), m_width(alpha.width())
    {
        const int row = y - corner.y();
        m_row = row >= 0 && row < alpha.height() ? alpha.constScanLine(row) : nullptr;
    }
    int operator()(int x) const
    {
        return m_row && x >= m_left && x < m_left + m_width && m_row[x - m_left] != 0 ? 255 : 0;
    }

private:
    int m_left;
    int m_width;
    const uchar* m_row;
};

/// Values 0..255 for the device pixels of `rect`; `rowAt(y)` gives what reads one picture row.
template <typename RowAt>
std::vector<uchar> sample(const QRect& rect, const CanvasTransform& transform, bool& any, RowAt rowAt)
{
    const SampleAxis columns(rect.x(), rect.width(), transform.origin().x(), transform.scale());
    const SampleAxis rows(rect.y(), rect.height(), transform.origin().y(), transform.scale());
    const bool single = transform.scale() >= 1;
    std::vector<uchar> values(std::size_t(rect.width()) * std::size_t(rect.height()));
    std::size_t i = 0;
    for (int y = 0; y < rect.height(); ++y) {
        auto upper = rowAt(rows.first[std::size_t(y)]);
        auto lower = rowAt(rows.second[std::size_t(y)]);
        for (std::size_t x = 0; x < std::size_t(rect.width()); ++x, ++i) {
            const int x0 = columns.first[x], x1 = columns.second[x];
            const int v = single ? upper(x0) : (upper(x0) + upper(x1) + lower(x0) + lower(x1)) / 4;
            values[i] = static_cast<uchar>(v);
            any = any || v != 0;
        }
    }
    return values;
}

/// Calls `draw(x, y)` for each pixel of `rect` that lies above `threshold` with a neighbour that does not.
/// `values` covers rect with one pixel more on each side.
template <typename Draw> void forEachEdge(const std::vector<uchar>& values, const QRect& rect, int threshold, Draw draw)
{
    const auto stride = std::size_t(rect.width() + 2);
    for (int y = 0; y < rect.height(); ++y) {
        const uchar* row = values.data() + stride * std::size_t(y + 1) + 1;
        for (int x = 0; x < rect.width(); ++x) {
            const uchar* p = row + x;
            if (*p > threshold &&
                (p[-1] <= threshold || p[1] <= threshold || *(p - stride) <= threshold || p[stride] <= threshold))
                draw(x, y);
        }
    }
}

QRgb premultiplied(const QColor& color, int alpha)
{
    return qPremultiply(qRgba(color.red(), color.green(), color.blue(), alpha));
}

} // namespace

QImage renderMaskOverlay(const MaskTiles& mask, const CanvasTransform& transform, const QRect& deviceRect,
                         const QColor& color, double opacity)
{
    bool any = false;
    const QRect wider = deviceRect.adjusted(-1, -1, 1, 1);
    const std::vector<uchar> values = sample(wider, transform, any, [&mask](int y) { return MaskRow(mask, y); });
    if (!any)
        return {};

    QRgb shades[256];
    for (int i = 0; i < 256; ++i)
        shades[i] = premultiplied(color, int(std::lround(i * opacity)));
    QImage image(deviceRect.size(), QImage::Format_ARGB32_Premultiplied);
    for (int y = 0; y < deviceRect.height(); ++y) {
        const uchar* row = values.data() + std::size_t(wider.width()) * std::size_t(y + 1) + 1;
        auto* out = reinterpret_cast<QRgb*>(image.scanLine(y));
        std::transform(row, row + deviceRect.width(), out, [&shades](uchar v) { return shades[v]; });
    }
    // The pattern hangs on the picture's origin, so that it neither crawls nor tears between partial repaints.
    const int phase = int(transform.origin().x() + transform.origin().y());
    forEachEdge(values, deviceRect, 127, [&](int x, int y) {
        const int step = deviceRect.x() + x + deviceRect.y() + y - phase;
        const bool light = ((step % (2 * dash)) + 2 * dash) % (2 * dash) < dash;
        reinterpret_cast<QRgb*>(image.scanLine(y))[x] = light ? qRgb(255, 255, 255) : qRgba(0, 0, 0, 150);
    });
    return image;
}

QImage renderRim(const QImage& alpha, QPoint corner, const CanvasTransform& transform, const QRect& deviceRect,
                 const QColor& color)
{
    bool any = false;
    const std::vector<uchar> values = sample(deviceRect.adjusted(-1, -1, 1, 1), transform, any,
                                             [&alpha, corner](int y) { return RimRow(alpha, corner, y); });
    if (!any)
        return {};
    QImage image(deviceRect.size(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const QRgb line = premultiplied(color, color.alpha());
    forEachEdge(values, deviceRect, 63, [&](int x, int y) { reinterpret_cast<QRgb*>(image.scanLine(y))[x] = line; });
    return image;
}

} // namespace pentimento
