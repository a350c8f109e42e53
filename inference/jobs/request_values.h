// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"
#include "inference/api/request.h"

#include <cstdint>
#include <optional>
#include <string>

/// Values that people write as text, on the command line and in jobs alike.
namespace pentimento {

/// Where a value stands, for the error: "--size" (Usage) or "jobs[3].size" (BadInput).
struct ValuePlace {
    std::string name;
    ErrorCode code = ErrorCode::Usage;
};

/// "fill", "erase", "refine"; Unsupported for "expand". Throw as their place says, naming what there is.
Mode parseMode(const std::string& text, const ValuePlace& place);
/// "auto", "none", "neutral", "pull-push"; Unsupported for what later versions know.
Prefill parsePrefill(const std::string& text, const ValuePlace& place);
bool parseOnOff(const std::string& text, const ValuePlace& place);
/// "512" (the longer side, height 0) or "512x384"; each side 1 to 16384.
Size parseSize(const std::string& text, const ValuePlace& place);
/// "auto" (or nothing), "none", "X,Y,W,H".
Crop parseCrop(const std::string& text, const ValuePlace& place);
/// The whole of 64 bits.
std::uint64_t parseSeed(const std::string& text, const ValuePlace& place);
/// "auto" (absent) or 0 to 4096 pixels.
std::optional<int> parsePixels(const std::string& text, const ValuePlace& place);
/// 1 to 100.
int checkedQuality(int quality, const ValuePlace& place);

/// The text that the parsers above take for a value.
std::string modeName(Mode mode);
std::string prefillName(Prefill prefill);

/// What is meant when nobody says it: a whole picture is refined, a prompt fills, no prompt erases.
Mode defaultMode(Task task, const std::string& prompt);

/// A working size of the sides that are given; absent when none is. One side alone is both.
std::optional<Size> sizeOfSides(std::optional<int> width, std::optional<int> height);

/// Throws Exception(BadInput) at `where` when the mask has another size than the picture and nobody may stretch it.
void requireMaskOfPicturesSize(const Request& request, const std::string& where);

} // namespace pentimento
