// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pentimento {

/// RFC 4648, padded, without line breaks.
std::string toBase64(std::span<const std::uint8_t> bytes);

/// The bytes of a padded or unpadded text, line breaks and blanks between its characters allowed; nothing for any other
/// text.
std::optional<std::vector<std::uint8_t>> fromBase64(std::string_view text);

} // namespace pentimento
