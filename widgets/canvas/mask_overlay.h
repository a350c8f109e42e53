// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/canvas/canvas_transform.h"
#include "widgets/document/mask_tiles.h"

#include <QColor>
#include <QImage>

namespace pentimento
{

/// The part of the mask under `deviceRect` (device pixels of the viewport) as it is drawn: the colour where it is
/// painted and a dashed line around. Costs by screen pixels, not by picture pixels. Null when nothing shows.
QImage renderMaskOverlay(const MaskTiles& mask, const CanvasTransform& transform, const QRect& deviceRect,
                         const QColor& color, double opacity);

/// A thin line around what is above zero in `alpha`, a grey image that lies at `corner` in the picture.
QImage renderRim(const QImage& alpha, QPoint corner, const CanvasTransform& transform, const QRect& deviceRect,
                 const QColor& color);

} // namespace pentimento
