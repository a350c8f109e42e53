// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace pentimento {

/// What CLIP's tokenizer does to a text before it looks at words: canonical composition (NFC), every run of white
/// space to one space, lower case per character (so a final sigma stays an ordinary one, as in the `tokenizers`
/// library). Bytes that are no UTF-8 become U+FFFD.
std::u32string normalizedPrompt(std::string_view utf8);

enum class CharacterKind { Space, Letter, Number, Other };
/// By the Unicode general category: L*, N*, White_Space, and all the rest.
CharacterKind characterKind(char32_t character);

/// Appends the UTF-8 form of a code point.
void appendUtf8(std::string& text, char32_t character);

} // namespace pentimento
