// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/mask_overlay.h"

#include <algorithm>
#include <cmath>
#include <cstring>
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

/// Copies `count` mask pixels from (x, y) on; zero outside the picture.
void readRow(const MaskTiles& mask, int x, int y, int count, uchar* out)
{
    constexpr int side = MaskTiles::tileSize;
    std::memset(out, 0, std::size_t(count));
    if (y < 0 || y >= mask.size().height())
        return;
    const int end = std::min(x + count, mask.size().width());
    for (int at = std::max(x, 0), next = 0; at < end; at = next) {
        next = std::min(end, (at / side + 1) * side);
        if (const uchar* tile = mask.constTile(mask.tileAt(at, y)))
            std::memcpy(out + (at - x), tile + (y % side) * side + at % side, std::size_t(next - at));
    }
}

/// The same of an opacity image that lies at `corner`: 255 where it is above zero.
void readRow(const RimOutline& rim, int x, int y, int count, uchar* out)
{
    std::memset(out, 0, std::size_t(count));
    const int row = y - rim.corner.y();
    if (row < 0 || row >= rim.alpha.height())
        return;
    const uchar* line = rim.alpha.constScanLine(row);
    const int left = rim.corner.x();
    for (int at = std::max(x, left), end = std::min(x + count, left + rim.alpha.width()); at < end; ++at)
        out[at - x] = line[at - left] != 0 ? 255 : 0;
}

/// Values 0..255 for the device pixels of `rect`; empty when all are zero.
template <typename Source> std::vector<uchar> sample(const QRect& rect, const CanvasTransform& transform, const Source& source)
{
    SampleAxis columns(rect.x(), rect.width(), transform.origin().x(), transform.scale());
    const SampleAxis rows(rect.y(), rect.height(), transform.origin().y(), transform.scale());
    const int left = columns.first.front(), count = columns.second.back() - left + 1;
    for (std::vector<int>* axis : {&columns.first, &columns.second}) {
        for (int& x : *axis)
            x -= left;
    }
    std::vector<uchar> upper(static_cast<std::size_t>(count)), lower(upper.size());
    std::vector<uchar> values(std::size_t(rect.width()) * std::size_t(rect.height()));
    uchar* out = values.data();
    uchar seen = 0;
    for (std::size_t y = 0; y < rows.first.size(); ++y) {
        readRow(source, left, rows.first[y], count, upper.data());
        const bool two = rows.second[y] != rows.first[y];
        if (two)
            readRow(source, left, rows.second[y], count, lower.data());
        const std::vector<uchar>&a = upper, &b = two ? lower : upper;
        for (std::size_t x = 0; x < columns.first.size(); ++x, ++out) {
            const auto x0 = std::size_t(columns.first[x]), x1 = std::size_t(columns.second[x]);
            *out = static_cast<uchar>((a[x0] + a[x1] + b[x0] + b[x1]) / 4);
            seen |= *out;
        }
    }
    return seen ? values : std::vector<uchar>();
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

QImage renderMaskOverlay(const MaskTiles& mask, const CanvasTransform& transform, const QRect& deviceRect, const QColor& color,
                         double opacity)
{
    const QRect wider = deviceRect.adjusted(-1, -1, 1, 1);
    const std::vector<uchar> values = sample(wider, transform, mask);
    if (values.empty())
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

QImage renderRim(const RimOutline& rim, const CanvasTransform& transform, const QRect& deviceRect, const QColor& color)
{
    const std::vector<uchar> values = sample(deviceRect.adjusted(-1, -1, 1, 1), transform, rim);
    if (values.empty())
        return {};
    QImage image(deviceRect.size(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    const QRgb line = premultiplied(color, color.alpha());
    forEachEdge(values, deviceRect, 63, [&](int x, int y) { reinterpret_cast<QRgb*>(image.scanLine(y))[x] = line; });
    return image;
}

} // namespace pentimento
