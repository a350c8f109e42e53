// SPDX-License-Identifier: Apache-2.0
#include "widgets/tools/brush.h"

#include <algorithm>
#include <cmath>

namespace pentimento {

double steppedBrushSize(double size, int direction)
{
    const double step = std::max(1.0, std::round(size * 0.1));
    return std::clamp(std::round(size + direction * step), minBrushSize, maxBrushSize);
}

double steppedHardness(double hardness, int direction)
{
    return std::clamp(std::round(hardness * 10 + direction) / 10, 0.0, 1.0);
}

double brushCoverage(double distance, double radius, double hardness)
{
    // The edge is at least one pixel wide, so that the hardest brush is still smooth.
    const double core = std::min(radius * hardness, radius - 0.5);
    const double edge = radius + 0.5;
    if (distance <= core)
        return 1;
    if (distance >= edge)
        return 0;
    const double t = (edge - distance) / (edge - core);
    return t * t * (3 - 2 * t);
}

BrushStroke::BrushStroke(MaskTiles& mask, const BrushSettings& settings)
    : m_mask(mask), m_before(mask), m_coverage(mask.size()), m_settings(settings)
{
}

QRect BrushStroke::begin(QPointF point, double pressure)
{
    m_last = point;
    m_lastRadius = std::max(0.5, m_settings.size / 2 * pressure);
    return sweep(m_last, m_lastRadius, m_last, m_lastRadius);
}

QRect BrushStroke::moveTo(QPointF point, double pressure)
{
    const double radius = std::max(0.5, m_settings.size / 2 * pressure);
    const QRect changed = sweep(m_last, m_lastRadius, point, radius);
    m_last = point;
    m_lastRadius = radius;
    return changed;
}

QRect BrushStroke::sweep(QPointF from, double fromRadius, QPointF to, double toRadius)
{
    const double reach = std::max(fromRadius, toRadius) + 1;
    const QRectF box = QRectF(from, to).normalized().adjusted(-reach, -reach, reach, reach);
    const QRect rect = box.toAlignedRect().intersected(QRect(QPoint(0, 0), m_mask.size()));
    if (rect.isEmpty())
        return {};

    const QPointF way = to - from;
    const double length2 = QPointF::dotProduct(way, way);
    constexpr int tileSize = MaskTiles::tileSize;
    const int limit = int(std::lround(255 * m_settings.opacity));

    for (int tileY = rect.top() / tileSize; tileY <= rect.bottom() / tileSize; ++tileY) {
        for (int tileX = rect.left() / tileSize; tileX <= rect.right() / tileSize; ++tileX) {
            const int index = tileY * m_mask.columns() + tileX;
            const QRect part = m_mask.tileRect(index).intersected(rect);
            uchar* coverage = m_coverage.writableTile(index);
            const uchar* before = m_before.constTile(index);
            uchar* out = nullptr;
            for (int y = part.top(); y <= part.bottom(); ++y) {
                const double dy = y + 0.5 - from.y();
                // The round ends leave the box's corners empty.
                const double off = std::max({0.0, box.top() + reach - y - 0.5, y + 0.5 - box.bottom() + reach});
                const double half = std::sqrt(std::max(0.0, reach * reach - off * off));
                const int first = std::max(part.left(), int(std::floor(box.left() + reach - half)));
                const int last = std::min(part.right(), int(std::ceil(box.right() - reach + half)));
                for (int x = first; x <= last; ++x) {
                    const int i = (y % tileSize) * tileSize + x % tileSize;
                    if (coverage[i] == 255)
                        continue;
                    const double dx = x + 0.5 - from.x();
                    const double t = length2 > 0 ? std::clamp((dx * way.x() + dy * way.y()) / length2, 0.0, 1.0) : 0.0;
                    const double nearX = dx - t * way.x(), nearY = dy - t * way.y();
                    const double distance2 = nearX * nearX + nearY * nearY;
                    const double radius = fromRadius + t * (toRadius - fromRadius);
                    if (distance2 >= (radius + 0.5) * (radius + 0.5))
                        continue;
                    const double core = std::min(radius * m_settings.hardness, radius - 0.5);
                    const int covered =
                        core > 0 && distance2 <= core * core
                            ? 255
                            : int(std::lround(255 * brushCoverage(std::sqrt(distance2), radius, m_settings.hardness)));
                    if (covered <= coverage[i])
                        continue;
                    coverage[i] = static_cast<uchar>(covered);
                    if (!out)
                        out = m_mask.writableTile(index);
                    const int old = before ? before[i] : 0;
                    const int weight = (covered * limit + 127) / 255;
                    const int goal = m_settings.erase ? 0 : 255;
                    out[i] = static_cast<uchar>(old + ((goal - old) * weight + (goal > old ? 127 : -127)) / 255);
                }
            }
        }
    }
    return rect;
}

} // namespace pentimento
