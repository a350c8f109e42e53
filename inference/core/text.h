// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pentimento {

/// A to Z in lower case, whatever the locale; everything else as it is.
inline std::string asciiLower(std::string text)
{
    for (char& c : text) {
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    }
    return text;
}

} // namespace pentimento
