// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/edit/planes.h"

namespace pentimento {

/// Gradients above `high` are edges, those above `low` where they are connected to one. In levels of 8 bits, as the sum of
/// the absolute values of Sobel's two derivatives: a step of h levels has 4 h. The defaults are those that ControlNets were
/// trained with.
struct CannyThresholds {
    int low = 100;
    int high = 200;
};

/// Edges of a picture of 0..1, one plane of 0 and 1 (Canny 1986, "A Computational Approach to Edge Detection"): the colour
/// channel of the steepest gradient, only the ridge of it, hysteresis. As OpenCV's Canny, which ControlNets know: no
/// smoothing of its own.
Planes cannyEdges(const Planes& picture, const CannyThresholds& thresholds = {});

} // namespace pentimento
