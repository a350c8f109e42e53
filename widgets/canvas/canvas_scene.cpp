// SPDX-License-Identifier: Apache-2.0
#include "widgets/canvas/canvas_scene.h"

#include <QPainter>

#include <cmath>

namespace pentimento {
namespace {

constexpr double gridScale = 12; // device pixels per picture pixel from which single pixels are outlined
constexpr int checkerSide = 8;
constexpr double controlOpacity = 0.6; // lines stand out, the picture is still known

/// Draws the part of `image` (stretched over `rect` of the picture) that lies in `visible`.
void drawStretched(QPainter& painter, const QImage& image, const QRectF& rect, const QRectF& visible,
                   const CanvasTransform& transform)
{
    const double ratioX = image.width() / rect.width(), ratioY = image.height() / rect.height();
    const QRectF part = visible.intersected(rect);
    if (part.isEmpty())
        return;
    // Whole source pixels and one more on each side: no seams between partial repaints.
    const QRect source =
        QRectF((part.x() - rect.x()) * ratioX, (part.y() - rect.y()) * ratioY, part.width() * ratioX, part.height() * ratioY)
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
        level == 0 ? rect
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

/// What of the picture lies in `deviceRect`, in both spaces; empty when nothing does.
struct VisiblePart {
    QRect device;
    QRectF picture;
};

VisiblePart visiblePart(const CanvasScene& scene, const CanvasTransform& transform, const QRect& deviceRect)
{
    const QRectF whole = scene.picture.rect();
    const QRect inside = deviceRect.intersected(transform.toDevice(whole).toAlignedRect());
    const double ratio = transform.devicePixelRatio();
    const QRectF visible(transform.toPicture(QPointF(inside.topLeft()) / ratio),
                         transform.toPicture(QPointF(inside.bottomRight() + QPoint(1, 1)) / ratio));
    return {inside, visible.intersected(whole)};
}

void drawImageIfAny(QPainter& painter, QPoint corner, const QImage& image)
{
    if (!image.isNull())
        painter.drawImage(corner, image);
}

} // namespace

void paintGround(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform, const QRect& deviceRect)
{
    painter.fillRect(deviceRect, scene.background);
    const VisiblePart part = visiblePart(scene, transform, deviceRect);
    if (scene.picture.isNull() || part.device.isEmpty())
        return;
    const QRectF whole = scene.picture.rect();
    painter.setClipRect(transform.toDevice(whole), Qt::IntersectClip);
    if (scene.picture.hasAlphaChannel())
        drawChecker(painter, part.device, transform.origin().toPoint());
    drawPicture(painter, scene.picture, scene.pyramid, whole, part.picture, transform);
    if (scene.control.isEmpty())
        return;
    painter.setClipRect(transform.toDevice(QRectF(scene.control.rect)), Qt::IntersectClip);
    painter.setOpacity(controlOpacity);
    drawPicture(painter, scene.control.image, scene.control.pyramid, scene.control.rect, part.picture, transform);
}

void paintOverlay(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform, const QRect& deviceRect)
{
    const PatchOverlay& overlay = scene.overlay;
    if (overlay.isEmpty())
        return;
    const QRect all = transform.toDevice(QRectF(overlay.rect)).toAlignedRect();
    if (overlay.image.size() == all.size()) { // made for this zoom
        const QRect part = all.intersected(deviceRect);
        painter.drawImage(part.topLeft(), overlay.image, part.translated(-all.topLeft()));
        return;
    }
    drawPicture(painter, overlay.image, overlay.pyramid, overlay.rect, visiblePart(scene, transform, deviceRect).picture,
                transform);
}

void paintMarks(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform, const QRect& deviceRect)
{
    const VisiblePart part = visiblePart(scene, transform, deviceRect);
    if (scene.picture.isNull() || part.device.isEmpty())
        return;
    if (transform.scale() >= gridScale)
        drawGrid(painter, part.picture, transform);
    const auto reachOf = [&](const QRectF& picture) {
        return transform.toDevice(picture).toAlignedRect().adjusted(-1, -1, 1, 1).intersected(part.device);
    };
    if (!scene.rim.alpha.isNull()) {
        const QRect reach = reachOf(QRectF(scene.rim.corner, scene.rim.alpha.size()));
        if (!reach.isEmpty())
            drawImageIfAny(painter, reach.topLeft(), renderRim(scene.rim, transform, reach, scene.accent));
    }
    if (scene.mask) {
        const QRect reach = reachOf(scene.mask->tilesRect());
        if (!reach.isEmpty())
            drawImageIfAny(painter, reach.topLeft(),
                           renderMaskOverlay(*scene.mask, transform, reach, scene.maskColor, scene.maskOpacity));
    }
}

} // namespace pentimento
