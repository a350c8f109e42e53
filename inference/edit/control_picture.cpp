// SPDX-License-Identifier: Apache-2.0
#include "inference/edit/control_picture.h"

#include "inference/api/control_picture.h"
#include "inference/edit/canny.h"
#include "inference/edit/line_drawing.h"
#include "inference/edit/mask_edit.h"
#include "inference/edit/resample.h"

#include <algorithm>

namespace pentimento {
namespace {

Planes marked(Planes picture, const Planes& mask)
{
    for (int c = 0; c < picture.channels; ++c) {
        float* const plane = picture.plane(c);
        for (std::size_t i = 0; i < picture.planeSize(); ++i)
            plane[i] = plane[i] * (1 - mask.values[i]) - mask.values[i];
    }
    return picture;
}

/// Three channels of 8 bits; one plane is grey.
Image quantized(const Planes& planes)
{
    ImageBuffer image(planes.width, planes.height, 3);
    for (int c = 0; c < 3; ++c) {
        for (int y = 0; y < planes.height; ++y) {
            const float* const from = planes.row(std::min(c, planes.channels - 1), y);
            std::uint8_t* const to = image.row8(y) + c;
            for (int x = 0; x < planes.width; ++x)
                to[3 * x] = static_cast<std::uint8_t>(std::clamp(from[x], 0.0F, 1.0F) * 255 + 0.5F);
        }
    }
    return std::move(image).share();
}

Planes planesFor(const ControlChoice& control, const Image& picture, const Image& denoise, const Rect& crop, Size working)
{
    if (control.source == ControlSource::Picture && control.image.empty())
        throw Exception(ErrorCode::BadInput, "there is no control picture", "control", "give one");
    if (crop.empty() || working.empty() || intersected(crop, {0, 0, picture.width, picture.height}) != crop)
        throw Exception(ErrorCode::Usage, "the crop is no part of the picture", "crop", "choose one inside");
    Planes seen =
        control.image.empty() ? cropToPlanes(picture, crop, working) : ownControlPicture(control, picture.size(), crop, working);
    Planes mask(working.width, working.height, 1);
    if (!denoise.empty())
        mask = resizedMask(denoise, working);
    for (float& value : mask.values)
        value = value > 0 ? 1.0F : 0.0F;
    return controlPlanes(control.source, std::move(seen), mask);
}

} // namespace

Planes ownControlPicture(const ControlChoice& control, Size over, const Rect& crop, Size working)
{
    Planes planes = stretchedCrop(control.image, over, crop, working);
    for (float& value : planes.values)
        value = std::clamp(value, 0.0F, 1.0F); // the resize overshoots
    return planes;
}

Planes controlPlanes(ControlSource source, Planes picture, const Planes& mask)
{
    switch (source) {
    case ControlSource::Canny: return cannyEdges(picture);
    case ControlSource::Lineart: return lineart(picture);
    case ControlSource::Scribble: return scribble(picture);
    case ControlSource::Inpaint: return marked(std::move(picture), mask);
    case ControlSource::Picture: break;
    }
    return picture;
}

Expected<Image> controlPicture(const ControlChoice& control, const Image& picture, const Image& denoise, const Rect& crop,
                               Size working)
{
    try {
        return quantized(planesFor(control, picture, denoise, crop, working));
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::exception& e) {
        return Error{ErrorCode::OutOfMemory,
                     "there is not enough memory to prepare the control picture",
                     {},
                     "close other programs or use a smaller picture",
                     e.what()};
    }
}

} // namespace pentimento
