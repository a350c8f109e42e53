// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace pentimento {

/// A family ("sd1", "sd2", "sdxl") as people call it; `contextWidth`, its cross_attention_dim, tells XL's refiner, and
/// anything else apart.
std::string familyText(const std::string& family, std::int64_t contextWidth);

} // namespace pentimento
