// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/canvas_transform.h"

#include <algorithm>
#include <cmath>

namespace pentimento {

void CanvasTransform::setViewport(QSizeF widgetUnits, double devicePixelRatio)
{
    // A screen of another density shows the same picture pixels at the same scale: only the origin moves.
    const QPointF oldCentre(m_viewport.width() * m_ratio / 2, m_viewport.height() * m_ratio / 2);
    m_viewport = widgetUnits;
    m_ratio = devicePixelRatio;
    const QPointF centre(m_viewport.width() * m_ratio / 2, m_viewport.height() * m_ratio / 2);
    m_origin += centre - oldCentre;
    settle();
}

double CanvasTransform::minScale() const
{
    if (m_picture.isEmpty() || m_viewport.isEmpty())
        return 0.01;
    return std::min(1.0, fitScale({}) / 4);
}

double CanvasTransform::fitScale(const QMarginsF& margins) const
{
    if (m_picture.isEmpty())
        return 1;
    const double width = std::max(16.0, m_viewport.width() - margins.left() - margins.right()) * m_ratio;
    const double height = std::max(16.0, m_viewport.height() - margins.top() - margins.bottom()) * m_ratio;
    return std::min(width / m_picture.width(), height / m_picture.height());
}

void CanvasTransform::fit(const QMarginsF& margins)
{
    m_scale = std::min(1.0, fitScale(margins));
    const double left = margins.left() * m_ratio, top = margins.top() * m_ratio;
    const double width = m_viewport.width() * m_ratio - left - margins.right() * m_ratio;
    const double height = m_viewport.height() * m_ratio - top - margins.bottom() * m_ratio;
    m_origin = {left + (width - m_picture.width() * m_scale) / 2, top + (height - m_picture.height() * m_scale) / 2};
    settle();
}

void CanvasTransform::setScale(double scale, QPointF anchor)
{
    const QPointF held = toPicture(anchor);
    m_scale = std::clamp(scale, minScale(), maxScale);
    m_origin = anchor * m_ratio - held * m_scale;
    settle();
}

void CanvasTransform::pan(QPointF widgetUnits)
{
    setOrigin(m_origin + widgetUnits * m_ratio);
}

void CanvasTransform::setOrigin(QPointF devicePixels)
{
    m_origin = devicePixels;
    settle();
}

// Whole device pixels keep 100 % crisp; a quarter of the viewport always shows some picture.
void CanvasTransform::settle()
{
    const double width = m_viewport.width() * m_ratio, height = m_viewport.height() * m_ratio;
    const double shownWidth = m_picture.width() * m_scale, shownHeight = m_picture.height() * m_scale;
    const double keepX = std::min(width / 4, shownWidth), keepY = std::min(height / 4, shownHeight);
    m_origin.setX(std::round(std::clamp(m_origin.x(), keepX - shownWidth, std::max(keepX - shownWidth, width - keepX))));
    m_origin.setY(std::round(std::clamp(m_origin.y(), keepY - shownHeight, std::max(keepY - shownHeight, height - keepY))));
}

QPointF CanvasTransform::toPicture(QPointF widget) const
{
    return (widget * m_ratio - m_origin) / m_scale;
}

QPointF CanvasTransform::toWidget(QPointF picture) const
{
    return toDevice(picture) / m_ratio;
}

QRectF CanvasTransform::toDevice(const QRectF& picture) const
{
    return {toDevice(picture.topLeft()), toDevice(picture.bottomRight())};
}

QRectF CanvasTransform::toWidget(const QRectF& picture) const
{
    return {toWidget(picture.topLeft()), toWidget(picture.bottomRight())};
}

QSize CanvasTransform::sizeAt(double scale, const QRect& picture)
{
    // The origin lies on a whole device pixel, so it does not matter here.
    const QRectF exact(picture);
    return QRectF(exact.topLeft() * scale, exact.bottomRight() * scale).toAlignedRect().size();
}

QRectF CanvasTransform::visiblePicture() const
{
    const QPointF corner = toPicture({0, 0});
    const QPointF end = toPicture({m_viewport.width(), m_viewport.height()});
    return QRectF(corner, end).intersected(QRectF(QPointF(0, 0), m_picture));
}

} // namespace pentimento
