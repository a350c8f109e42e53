// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QPoint>
#include <QRect>

namespace pentimento {

/// An edit of a picture, made ready on any thread, so that the window only has to take it over.
struct PictureEdit {
    QRect rect;
    QImage picture; ///< the whole picture after the edit
    QImage before;  ///< what undo needs: the pixels of `rect`, or the whole picture where that costs no more
};

/// `picture` with `pixels` (its format) at `corner`.
PictureEdit makePictureEdit(const QImage& picture, QPoint corner, const QImage& pixels);

} // namespace pentimento
