// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

namespace pentimento {

/// EXIF blocks start with the TIFF header ("II" or "MM"). Damaged ones are left as they are.

/// 1..8 as EXIF 2.3 counts them; 1 when there is none or the block is damaged.
int exifOrientation(const std::vector<std::uint8_t>& exif);

/// What no longer holds once the pixels were turned or edited: sets the orientation to 1, and cuts the thumbnail off
/// and blanks it (an edited picture must not carry a small copy of what was removed).
void normalizeExif(std::vector<std::uint8_t>& exif);

} // namespace pentimento
