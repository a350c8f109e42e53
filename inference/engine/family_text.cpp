// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/family_text.h"

namespace pentimento {

std::string familyText(const std::string& family, std::int64_t contextWidth)
{
    if (family == "sd1")
        return "Stable Diffusion 1";
    if (family == "sd2")
        return "Stable Diffusion 2";
    if (family == "sdxl")
        return contextWidth == 1280 ? "Stable Diffusion XL's refiner" : "Stable Diffusion XL";
    return "cross attention of width " + std::to_string(contextWidth);
}

} // namespace pentimento
