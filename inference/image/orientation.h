// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"

namespace pentimento {

/// The picture as EXIF `orientation` (1..8) says it is to be seen. 1 shares the pixels.
Image uprightImage(const Image& image, int orientation);

} // namespace pentimento
