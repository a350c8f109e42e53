// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/canvas/canvas_transform.h"
#include "widgets/canvas/picture_pyramid.h"
#include "widgets/document/mask_tiles.h"

#include <QColor>
#include <QImage>
#include <QRegion>

class QPainter;

namespace pentimento
{

/// Something shown over the picture that is not in the document: a step's preview or a waiting candidate.
struct PatchOverlay {
    QRect rect;   ///< picture pixels that `image` is stretched over
    QImage image; ///< Format_ARGB32_Premultiplied, any resolution; its alpha is the paste mask
    bool isEmpty() const { return image.isNull(); }
};

/// Where a run's result will reach: the paste mask of the plan.
struct RimOutline {
    QPoint corner;
    QImage alpha; ///< Grayscale8, picture pixels; null: none
};

/// All that is drawn, bottom first.
struct CanvasScene {
    QImage picture;
    PicturePyramid pyramid;
    PatchOverlay overlay;
    PicturePyramid overlayPyramid;
    RimOutline rim;
    const MaskTiles* mask = nullptr; ///< null: hidden
    QColor maskColor;
    double maskOpacity = 0.5; ///< 0: only the dashed outline
    QColor background;
    QColor accent;
};

/// Draws what lies in `deviceRect`; the painter counts in device pixels.
void paintScene(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform, const QRect& deviceRect);

} // namespace pentimento
