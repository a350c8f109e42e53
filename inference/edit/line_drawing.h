// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/edit/planes.h"

namespace pentimento {

// Pictures of 0..1 turned into one plane of white lines on black, as ControlNets for drawings were shown them. Both look for
// what is darker than its surroundings in every colour, so they also take a drawing on paper.

/// Soft lines of 0..1, their strength evened out over the picture: a picture minus its blur ("lineart_standard" of
/// ControlNet's preprocessors).
Planes lineart(const Planes& picture);

/// Broad lines of 0 and 1: a difference of Gaussians beyond a threshold (after Winnemoeller 2011, "XDoG: Advanced Image
/// Stylization with eXtended Difference-of-Gaussians"; "scribble_xdog" of ControlNet's preprocessors).
Planes scribble(const Planes& picture);

/// Every plane blurred, `sigma` in pixels; the picture is mirrored at its border.
Planes gaussianBlurred(const Planes& picture, double sigma);

} // namespace pentimento
