// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"
#include "inference/api/image.h"
#include "inference/api/request.h"

namespace pentimento {

/// What the ControlNet of `control` looks at where a run works on `crop` of `picture` (its pixels) at `working` size: RGB of 8
/// bits, edges or marks in it as its source says. `denoise` is an EditPlan's, of the crop's size; empty: nothing is masked.
/// What is marked for a ControlNet that was trained to inpaint is black here. Torch-free, any thread; BadInput when there is
/// no control picture, Usage when the crop is no part of the picture.
Expected<Image> controlPicture(const ControlChoice& control, const Image& picture, const Image& denoise, const Rect& crop,
                               Size working);

} // namespace pentimento
