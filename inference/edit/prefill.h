// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/edit/planes.h"

namespace pentimento {

/// Both take a picture of -1..1 and a mask of the same size, one plane, whose values above 0 are the hole. What is
/// outside the hole comes back unchanged.

/// The hole continued from its surroundings by pull-push (after Gortler, Grzeszczuk, Szeliski, Cohen: The Lumigraph,
/// 1996), exactly as the starter model was trained with: see resources/models/starter/REPORT.md.
Planes pullPush(const Planes& picture, const Planes& mask);

/// Mid-grey in the hole.
Planes neutralFill(const Planes& picture, const Planes& mask);

} // namespace pentimento
