// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/picture_pyramid.h"

#include <algorithm>

namespace pentimento {
namespace {

constexpr int smallestSide = 512; // below this the screen's smooth scaling is good and fast enough
constexpr int bandRows = 256;     // conversion of a large picture goes in bands, so that no second copy is held

QImage::Format displayFormat(const QImage& picture)
{
    return picture.hasAlphaChannel() ? QImage::Format_ARGB32_Premultiplied : QImage::Format_RGB32;
}

// Mean of two pixels per channel, without unpacking.
QRgb mean(QRgb a, QRgb b)
{
    return (a & b) + (((a ^ b) & 0xfefefefeU) >> 1);
}

/// Fills `rect` of `half` from `full`, whose pixel (0, 0) is pixel `offset` of the level above. Odd edges repeat.
void halve(const QImage& full, QPoint offset, QImage& half, const QRect& rect)
{
    for (int y = rect.top(); y <= rect.bottom(); ++y) {
        const int y0 = std::min(2 * y - offset.y(), full.height() - 1), y1 = std::min(y0 + 1, full.height() - 1);
        const auto* upper = reinterpret_cast<const QRgb*>(full.constScanLine(y0));
        const auto* lower = reinterpret_cast<const QRgb*>(full.constScanLine(y1));
        auto* out = reinterpret_cast<QRgb*>(half.scanLine(y));
        for (int x = rect.left(); x <= rect.right(); ++x) {
            const int x0 = std::min(2 * x - offset.x(), full.width() - 1), x1 = std::min(x0 + 1, full.width() - 1);
            out[x] = mean(mean(upper[x0], lower[x1]), mean(upper[x1], lower[x0]));
        }
    }
}

QRect halved(const QRect& rect, QSize limit)
{
    return QRect(QPoint(rect.left() / 2, rect.top() / 2), QPoint(rect.right() / 2, rect.bottom() / 2))
        .intersected(QRect(QPoint(0, 0), limit));
}

} // namespace

PicturePyramid::PicturePyramid(const QImage& picture)
{
    QSize size = picture.size();
    while (std::max(size.width(), size.height()) > smallestSide) {
        size = {(size.width() + 1) / 2, (size.height() + 1) / 2};
        m_levels.emplace_back(size, displayFormat(picture));
        if (m_levels.back().isNull()) { // no memory: draw from the levels there are
            m_levels.pop_back();
            break;
        }
    }
    update(picture, picture.rect());
}

int PicturePyramid::levelFor(double scale) const
{
    int level = 0;
    while (level < levels() && scale * (2 << level) <= 1.0)
        ++level;
    return level;
}

void PicturePyramid::update(const QImage& picture, const QRect& rect)
{
    QRect changed = rect.intersected(picture.rect());
    if (m_levels.empty() || changed.isEmpty())
        return;
    QImage& first = m_levels.front();
    const QRect half = halved(changed, first.size());
    for (int y = half.top(); y <= half.bottom(); y += bandRows / 2) {
        const QRect part = QRect(half.left(), y, half.width(), bandRows / 2).intersected(half);
        const QRect source(part.x() * 2, part.y() * 2, part.width() * 2, part.height() * 2);
        const QRect inside = source.intersected(picture.rect());
        halve(picture.copy(inside).convertToFormat(first.format()), inside.topLeft(), first, part);
    }
    for (std::size_t i = 1; i < m_levels.size(); ++i) {
        changed = halved(i == 1 ? half : changed, m_levels[i].size());
        halve(m_levels[i - 1], {}, m_levels[i], changed);
    }
}

} // namespace pentimento
