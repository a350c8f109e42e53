// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/edit_plan.h"
#include "inference/edit/planes.h"

namespace pentimento {

/// What the model made, as a patch in the picture's own format: `result` (three planes, 0..1, any size) is stretched
/// over the plan's crop, cut to what the paste mask touches, and rounded to the picture's depth. A grey picture takes
/// the luminance (Rec. 601); the alpha channel is the picture's own. `grain`: one plane of the size of the paste mask's
/// bounds that is added to every colour; empty: none is. Needs memory for the patch only.
Patch makePatch(const Image& picture, const EditPlan& plan, const Planes& result, const Planes& grain = {});

} // namespace pentimento
