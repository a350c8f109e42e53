// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/canvas/canvas_transform.h"
#include "widgets/document/mask_tiles.h"

#include <QColor>
#include <QImage>

namespace pentimento {

/// Where a run's result will reach: the paste mask of the plan.
struct RimOutline {
    QPoint corner;
    QImage alpha; ///< Grayscale8, picture pixels; null: none
};

/// The part of the mask under `deviceRect` (device pixels of the viewport) as it is drawn: the colour where it is
/// painted and a dashed line around. Costs by screen pixels, not by picture pixels. Null when nothing shows.
QImage renderMaskOverlay(const MaskTiles& mask, const CanvasTransform& transform, const QRect& deviceRect, const QColor& color,
                         double opacity);

/// A thin line around where a run's result will reach.
QImage renderRim(const RimOutline& rim, const CanvasTransform& transform, const QRect& deviceRect, const QColor& color);

} // namespace pentimento
