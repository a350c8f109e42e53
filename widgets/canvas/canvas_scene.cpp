// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/canvas_scene.h"

#include "widgets/canvas/mask_overlay.h"

#include <QPainter>

#include <cmath>

namespace pentimento
{
namespace
{

constexpr double gridScale = 12; // device pixels per picture pixel from which single pixels are outlined
constexpr int checkerSide = 8;

/// Draws the part of `image` (stretched over `rect` of the picture) that lies in `visible`.
void drawStretched(QPainter& painter, const QImage& image, const QRectF& rect, const QRectF& visible,
                   const CanvasTransform& transform)
{
    const double ratioX = image.width() / rect.width(), ratioY = image.height() / rect.height();
    const QRectF part = visible.intersected(rect);
    if (part.isEmpty())
        return;
    // Whole source pixels and one more on each side: no seams between partial repaints.
    const QRect source = QRectF((part.x() - rect.x()) * ratioX, (part.y() - rect.y()) * ratioY, part.width() * ratioX,
                                part.height() * ratioY)
                             .toAlignedRect()
                             .adjusted(-2, -2, 2, 2)
                             .intersected(image.rect());
    const QRectF target(rect.x() + source.x() / ratioX, rect.y() + source.y() / ratioY, source.width() / ratioX,
                        source.height() / ratioY);
    painter.drawImage(transform.toDevice(target), image, QRectF(source));
}

void drawPicture(QPainter& painter, const QImage& picture, const PicturePyramid& pyramid, const QRectF& rect,
                 const QRectF& visible, const CanvasTransform& transform)
{
    const double scale = transform.scale() * rect.width() / picture.width();
    const int level = pyramid.levelFor(scale);
    const double levelScale = scale * (1 << level);
    // Smooth below 100 %, single pixels as squares above 200 %, and exact copies where they fit.
    painter.setRenderHint(QPainter::SmoothPixmapTransform, levelScale < 1 || (levelScale > 1 && levelScale < 2));
    // An odd side's last level pixel stands for less than 2^level picture pixels' width; the level's grid goes on.
    const QImage& image = level == 0 ? picture : pyramid.level(level);
    const QRectF covered =
        level == 0
            ? rect
            : QRectF(rect.topLeft(), QSizeF(image.width() * double(1 << level), image.height() * double(1 << level)) *
                                         (rect.width() / picture.width()));
    drawStretched(painter, image, covered, visible.intersected(rect), transform);
}

void drawChecker(QPainter& painter, const QRect& rect, QPoint origin)
{
    QPixmap tile(2 * checkerSide, 2 * checkerSide);
    tile.fill(QColor(150, 150, 150));
    QPainter on(&tile);
    on.fillRect(0, 0, checkerSide, checkerSide, QColor(110, 110, 110));
    on.fillRect(checkerSide, checkerSide, checkerSide, checkerSide, QColor(110, 110, 110));
    on.end();
    painter.drawTiledPixmap(rect, tile, rect.topLeft() - origin);
}

void drawGrid(QPainter& painter, const QRectF& visible, const CanvasTransform& transform)
{
    painter.setPen(QPen(QColor(128, 128, 128, 90), 1));
    const QRectF area = transform.toDevice(visible);
    for (double x = std::floor(visible.left()); x <= visible.right(); ++x) {
        const double at = std::floor(transform.toDevice(QPointF(x, 0)).x()) + 0.5;
        painter.drawLine(QPointF(at, area.top()), QPointF(at, area.bottom()));
    }
    for (double y = std::floor(visible.top()); y <= visible.bottom(); ++y) {
        const double at = std::floor(transform.toDevice(QPointF(0, y)).y()) + 0.5;
        painter.drawLine(QPointF(area.left(), at), QPointF(area.right(), at));
    }
}

} // namespace

void paintScene(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform, const QRect& deviceRect)
{
    painter.fillRect(deviceRect, scene.background);
    if (scene.picture.isNull())
        return;
    const QRectF whole = scene.picture.rect();
    const QRectF shown = transform.toDevice(whole);
    const QRect inside = deviceRect.intersected(shown.toAlignedRect());
    if (inside.isEmpty())
        return;
    const double ratio = transform.devicePixelRatio();
    const QRectF visible = QRectF(transform.toPicture(QPointF(inside.topLeft()) / ratio),
                                  transform.toPicture(QPointF(inside.bottomRight() + QPoint(1, 1)) / ratio))
                               .intersected(whole);

    painter.save();
    painter.setClipRect(shown, Qt::IntersectClip);
    if (scene.picture.hasAlphaChannel())
        drawChecker(painter, inside, transform.origin().toPoint());
    drawPicture(painter, scene.picture, scene.pyramid, whole, visible, transform);
    if (!scene.overlay.isEmpty())
        drawPicture(painter, scene.overlay.image, scene.overlayPyramid, scene.overlay.rect, visible, transform);
    painter.setRenderHint(QPainter::SmoothPixmapTransform, false);
    if (transform.scale() >= gridScale)
        drawGrid(painter, visible, transform);
    if (!scene.rim.alpha.isNull()) {
        const QRectF rim(scene.rim.corner, scene.rim.alpha.size());
        const QRect part = transform.toDevice(rim).toAlignedRect().intersected(inside);
        if (!part.isEmpty()) {
            const QImage line = renderRim(scene.rim.alpha, scene.rim.corner, transform, part, scene.accent);
            if (!line.isNull())
                painter.drawImage(part.topLeft(), line);
        }
    }
    if (scene.mask) {
        const QImage image = renderMaskOverlay(*scene.mask, transform, inside, scene.maskColor, scene.maskOpacity);
        if (!image.isNull())
            painter.drawImage(inside.topLeft(), image);
    }
    painter.restore();
}

} // namespace pentimento
