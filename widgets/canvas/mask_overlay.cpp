// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/mask_overlay.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace pentimento {
namespace {

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

/// Values 0..255 of the mask for the device pixels of `rect`; `value(x, y)` is 0 outside the picture.
template <typename Value>
std::vector<uchar> sample(const QRect& rect, const CanvasTransform& transform, bool& any, Value value)
{
    const SampleAxis columns(rect.x(), rect.width(), transform.origin().x(), transform.scale());
    const SampleAxis rows(rect.y(), rect.height(), transform.origin().y(), transform.scale());
    const bool single = transform.scale() >= 1;
    std::vector<uchar> values(std::size_t(rect.width()) * std::size_t(rect.height()));
    std::size_t i = 0;
    for (int y = 0; y < rect.height(); ++y) {
        const int y0 = rows.first[std::size_t(y)], y1 = rows.second[std::size_t(y)];
        for (std::size_t x = 0; x < std::size_t(rect.width()); ++x, ++i) {
            int v = value(columns.first[x], y0);
            if (!single)
                v = (v + value(columns.second[x], y0) + value(columns.first[x], y1) + value(columns.second[x], y1)) / 4;
            values[i] = static_cast<uchar>(v);
            any = any || v != 0;
        }
    }
    return values;
}

/// Calls `draw(x, y)` for each pixel of `rect` that lies above `threshold` with a neighbour that does not.
/// `values` covers rect with one pixel more on each side.
template <typename Draw>
void forEachEdge(const std::vector<uchar>& values, const QRect& rect, int threshold, Draw draw)
{
    const auto stride = std::size_t(rect.width() + 2);
    for (int y = 0; y < rect.height(); ++y) {
        const uchar* row = values.data() + stride * std::size_t(y + 1) + 1;
        for (int x = 0; x < rect.width(); ++x) {
            const uchar* p = row + x;
            if (*p > threshold && (p[-1] <= threshold || p[1] <= threshold || *(p - stride) <= threshold ||
                                   p[stride] <= threshold))
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
    const std::vector<uchar> values =
        sample(wider, transform, any, [&mask](int x, int y) { return mask.valueAt(x, y); });
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
    const std::vector<uchar> values =
        sample(deviceRect.adjusted(-1, -1, 1, 1), transform, any, [&alpha, corner](int x, int y) {
            x -= corner.x();
            y -= corner.y();
            const bool inside = x >= 0 && y >= 0 && x < alpha.width() && y < alpha.height();
            return inside && alpha.constScanLine(y)[x] != 0 ? 255 : 0;
        });
    if (!any)
        return {};
    QImage image(deviceRect.size(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const QRgb line = premultiplied(color, color.alpha());
    forEachEdge(values, deviceRect, 63,
                [&](int x, int y) { reinterpret_cast<QRgb*>(image.scanLine(y))[x] = line; });
    return image;
}

} // namespace pentimento
