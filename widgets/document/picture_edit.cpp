// SPDX-License-Identifier: Apache-2.0
#include "widgets/document/picture_edit.h"

#include <cstring>

namespace pentimento {

PictureEdit makePictureEdit(const QImage& picture, QPoint corner, const QImage& pixels)
{
    Q_ASSERT(pixels.format() == picture.format());
    PictureEdit edit;
    edit.rect = QRect(corner, pixels.size());
    // The picture as it was is there anyway; keeping more than half of it again would cost a copy and save little.
    const bool most = 2 * qint64(pixels.width()) * pixels.height() > qint64(picture.width()) * picture.height();
    edit.before = most ? picture : picture.copy(edit.rect);
    edit.picture = picture.copy();
    const auto pixel = std::size_t(picture.depth()) / 8;
    for (int y = 0; y < pixels.height(); ++y)
        std::memcpy(edit.picture.scanLine(corner.y() + y) + pixel * std::size_t(corner.x()), pixels.constScanLine(y),
                    pixel * std::size_t(pixels.width()));
    return edit;
}

} // namespace pentimento
