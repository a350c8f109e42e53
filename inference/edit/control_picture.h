// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/request.h"
#include "inference/edit/planes.h"

namespace pentimento {

/// A control's own picture, cut as `crop` of the one of size `over` that it is stretched over, at `working` size: 0..1.
Planes ownControlPicture(const ControlChoice& control, Size over, const Rect& crop, Size working);

/// What a ControlNet sees of `picture` (three planes of 0..1 at working size): the picture, or edges or lines of it in one
/// plane, or -1 in it where `mask` (one plane of 0 and 1, for Inpaint only) is 1, as diffusers' make_inpaint_condition.
Planes controlPlanes(ControlSource source, Planes picture, const Planes& mask);

} // namespace pentimento
