// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"

#include <QImage>
#include <QRect>

namespace pentimento {

/// Shares the pixels where the formats allow (all of PictureData's but RGBX64), else copies.
Image toEngineImage(const QImage& image);

/// The other way; grey with alpha becomes RGBA. Shares the pixels where the formats allow.
QImage toQtImage(const Image& image);

inline Rect toEngineRect(const QRect& rect)
{
    return {rect.x(), rect.y(), rect.width(), rect.height()};
}
inline QRect toQtRect(const Rect& rect)
{
    return {rect.x, rect.y, rect.width, rect.height};
}

/// `pixels` seen through `alpha` (Grayscale8), each of any size, in `size`: Format_ARGB32_Premultiplied.
QImage seenThrough(const QImage& pixels, const QImage& alpha, QSize size);

} // namespace pentimento
