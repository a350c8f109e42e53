// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/edit_plan.h"
#include "inference/edit/planes.h"

#include <cstdint>

namespace pentimento {

/// The grain (sensor noise, JPEG, the finest texture) that `result` lacks beside the picture: what the model and the stretch
/// back to full size lost of the hole they lost of its surroundings, too. There it is cut out in small tiles, never more of it
/// than the picture has more fine detail than the result; the calmest of about the same brightness are laid over the hole in
/// random order, half over each other, so that their variance stays (the quilting of Efros and Freeman 2001, without seams
/// because grain has no lines). `result` as for makePatch; returns one plane of the size of the paste mask's bounds, to be
/// added to every colour: all 0 where nothing lies outside of the hole or nothing was lost. The same for the same seed.
Planes matchingGrain(const Image& picture, const EditPlan& plan, const Planes& result, std::uint64_t seed);

} // namespace pentimento
