// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"
#include "inference/edit/planes.h"

namespace pentimento {

/// One direction of a resize with Lanczos' kernel of three lobes, stretched when shrinking so that nothing aliases
/// (pixel centres at half, weights cut at the border and summing to 1). `from == to` gives the input exactly.
struct ResampleAxis {
    struct Span {
        int first = 0;           ///< first input pixel
        int count = 0;           ///< input pixels
        std::size_t weights = 0; ///< index of the first weight
    };
    std::vector<Span> spans; ///< one per output pixel
    std::vector<float> weights;
};
ResampleAxis resampleAxis(int from, int to);

/// The same for a part of the input, `begin` pixels from its start and `length` long, neither needing to be whole; pixels
/// beside it weigh in where the kernel reaches them.
ResampleAxis resampleAxis(int from, double begin, double length, int to);

/// Resizes one row. `input` and `output` have the axis' lengths and do not overlap.
void resampleRow(const ResampleAxis& axis, const float* input, float* output);

/// Overshoot beyond the input's range is kept; whoever quantises cuts it.
Planes resized(const Planes& planes, Size size);

/// `rect` of a picture, 8 or 16 bit, as three planes of 0..1 at `working` size; grey becomes three equal planes,
/// alpha is left out and the colour under transparent pixels taken as it is. Needs memory for the result and a strip,
/// not for the whole rectangle in float.
Planes cropToPlanes(const Image& picture, const Rect& rect, Size working);

/// The same for a picture that is stretched over one of size `over`, of which `rect` is a part.
Planes stretchedCrop(const Image& picture, Size over, const Rect& rect, Size working);

} // namespace pentimento
