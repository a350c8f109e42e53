// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/edit/planes.h"

namespace pentimento {

/// The model's result with its colours drawn to the picture's. The two differ on pixels the model was to leave as they
/// were, mostly by a shift of all colours; that difference, averaged over cells of `cell` pixels (the autoencoder's
/// factor) and continued over the hole by pull-push, is taken away everywhere, at most 8 levels of 255. Cells in or
/// beside the hole do not count. Values in 0..1, all three of one size, a multiple of `cell`; `mask` has one plane whose
/// values above 0 are the hole. A smooth form of Poisson image editing (Perez, Gangnet, Blake 2003).
Planes colorMatched(const Planes& result, const Planes& picture, const Planes& mask, int cell);

} // namespace pentimento
