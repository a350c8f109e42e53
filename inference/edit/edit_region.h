// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/request.h"

namespace pentimento {

/// Largest grow and feather, px.
inline constexpr int largestMargin = 499;

/// How far an edit reaches beyond the painted mask, px.
struct Margins {
    int grow = 0;                                    ///< square dilation of the denoise mask
    int feather = 0;                                 ///< width of the tent that softens it
    int blend = 0;                                   ///< width of the paste mask's soft edge
    int reach() const { return grow + feather / 2; } ///< both masks are 0 beyond
};

/// From the options, else from the mask's thickness (maskThickness) and the strength: a feather in proportion, which
/// hides the seam, and a growth that keeps the mask full over everything painted and a few pixels more, where an
/// object's anti-aliased rim and its sharpening halo are. A thin scratch gets a narrow rim however long it is. A soft
/// mask brings its own edge: nothing is added. With feather 0 nothing grows by itself and the paste mask is hard.
Margins editMargins(double thickness, const EditOptions& options, double strength);

struct WorkingRule {
    int multiple = 64;         ///< both working sides are multiples of it
    int native = 512;          ///< smallest longer side
    int maxSize = 0;           ///< largest longer side; 0: one and a half times native
    std::optional<Size> asked; ///< EditOptions::size
};

struct Region {
    Rect crop;
    Size working;
};

/// The crop around `touched` (everything the denoise mask can reach) with context, and the size it is worked at. An
/// automatic crop has the working size's proportions where the picture has room for that, is shifted rather than cut
/// at the picture's edge, and is never smaller than native unless the picture is.
/// Throws Exception(Usage) for a crop outside the picture or a size the model cannot work at.
Region editRegion(Size picture, const Rect& touched, const EditOptions& options, double strength, const WorkingRule& rule);

} // namespace pentimento
