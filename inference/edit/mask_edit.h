// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"
#include "inference/edit/planes.h"

namespace pentimento {

/// Arithmetic on masks: grey images of 8 bit. Everything beyond the border counts as the border's own pixel, so that
/// a mask that touches the picture's edge is not thinned there. All but resizedMask take time proportional to the
/// pixels, whatever the radius.

/// A pixel above this is painted.
inline constexpr int maskThreshold = 127;

/// Smallest rectangle with all pixels above `threshold`; empty if there is none.
Rect maskBounds(const Image& mask, int threshold);

/// Four times the painted area (255) over its outline: the side of a square, twice the width of a long line, and
/// about the same for many equal spots as for one. 0 for an empty mask.
double maskThickness(const Image& binary);

/// 255 where `mask` is above `threshold`, else 0.
Image binaryMask(const Image& mask, int threshold);

/// Largest (smallest) value of the square that reaches `radius` pixels to each side (van Herk 1992; Gil, Werman 1993).
Image dilated(const Image& mask, int radius);
Image eroded(const Image& mask, int radius);

/// Separable blur with a tent that reaches `radius` pixels to each side, as two running means.
Image tentBlurred(const Image& mask, int radius);

/// Larger value of two masks of one size.
Image maskUnion(const Image& a, const Image& b);

/// The mask at another size, 0..1, one plane: each pixel is the largest of those it covers, so that a hairline is
/// never lost; when enlarging, the nearest one.
Planes resizedMask(const Image& mask, Size size);

} // namespace pentimento
