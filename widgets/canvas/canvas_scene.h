// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/canvas/canvas_transform.h"
#include "widgets/canvas/mask_overlay.h"
#include "widgets/canvas/picture_pyramid.h"
#include "widgets/document/mask_tiles.h"

#include <QColor>
#include <QImage>

class QPainter;

namespace pentimento {

/// Something shown over the picture that is not in the document: a step's preview, a waiting candidate, or what a ControlNet
/// looks at.
struct PatchOverlay {
    QRect rect;               ///< picture pixels that `image` is stretched over
    QImage image;             ///< Format_ARGB32_Premultiplied, any resolution; its alpha is the paste mask
    PicturePyramid pyramid{}; ///< of `image`; without it a large one costs more and looks rougher when zoomed out
    bool isEmpty() const { return image.isNull(); }
};

/// All that is drawn, bottom first.
struct CanvasScene {
    QColor background;
    QImage picture;
    PicturePyramid pyramid;
    PatchOverlay control; ///< half seen through
    PatchOverlay overlay;
    RimOutline rim;
    QColor accent;
    const MaskTiles* mask = nullptr; ///< null: hidden
    QColor maskColor;
    double maskOpacity = 0.5; ///< 0: only the dashed outline
};

/// Each draws its part of the scene that lies in `deviceRect`; the painter counts in device pixels and clips to it.
void paintGround(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform,
                 const QRect& deviceRect); ///< surface, picture and control
void paintOverlay(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform, const QRect& deviceRect);
void paintMarks(QPainter& painter, const CanvasScene& scene, const CanvasTransform& transform,
                const QRect& deviceRect); ///< grid, rim and mask

} // namespace pentimento
