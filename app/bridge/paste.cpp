// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/paste.h"

#include "app/bridge/image_convert.h"

namespace pentimento {

QImage pastedRegion(const QImage& picture, const JobVariant& variant)
{
    const Image base = toEngineImage(picture.copy(variant.rect));
    ImageBuffer region = copyImage(base);
    const Patch patch{
        {0, 0, variant.rect.width(), variant.rect.height()}, toEngineImage(variant.pixels), toEngineImage(variant.alpha)};
    pastePatch(region.row(0), region.stride, region.size(), patch);
    return toQtImage(std::move(region).share()).convertToFormat(picture.format());
}

} // namespace pentimento
