// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QMarginsF>
#include <QPointF>
#include <QRect>
#include <QRectF>
#include <QSizeF>

namespace pentimento {

/// Where the picture lies in the viewport. Pure arithmetic.
/// Three spaces: picture pixels; device pixels of the screen; widget units (device pixels / device pixel ratio).
/// The scale is device pixels per picture pixel: 1 is "100 %" on every screen.
class CanvasTransform {
public:
    static constexpr double maxScale = 64;

    void setPicture(QSizeF pixels) { m_picture = pixels; }
    void setViewport(QSizeF widgetUnits, double devicePixelRatio);
    QSizeF viewport() const { return m_viewport; }
    QSizeF picture() const { return m_picture; }
    double devicePixelRatio() const { return m_ratio; }

    double scale() const { return m_scale; }
    double minScale() const;                    ///< the whole picture in a quarter of the viewport, or 100 %
    QPointF origin() const { return m_origin; } ///< the picture's corner, device pixels

    double fitScale(const QMarginsF& margins) const;
    void fit(const QMarginsF& margins);          ///< margins in widget units; never enlarges beyond 100 %
    void setScale(double scale, QPointF anchor); ///< what is under `anchor` (widget units) stays there
    void zoomBy(double factor, QPointF anchor) { setScale(m_scale * factor, anchor); }
    void pan(QPointF widgetUnits);
    void setOrigin(QPointF devicePixels);

    QPointF toPicture(QPointF widget) const;
    QPointF toWidget(QPointF picture) const;
    QPointF toDevice(QPointF picture) const { return picture * m_scale + m_origin; }
    QRectF toDevice(const QRectF& picture) const;
    QRectF toWidget(const QRectF& picture) const;
    /// Device pixels that a part of the picture touches at some scale, wherever the picture lies.
    static QSize sizeAt(double scale, const QRect& picture);
    QRectF visiblePicture() const; ///< part of the picture inside the viewport, picture pixels

private:
    void settle();
    QSizeF m_viewport;
    QSizeF m_picture;
    double m_ratio = 1;
    double m_scale = 1;
    QPointF m_origin;
};

} // namespace pentimento
