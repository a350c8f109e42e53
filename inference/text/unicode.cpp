// SPDX-License-Identifier: Apache-2.0
#include "inference/text/unicode.h"

#include <utf8proc.h>

#include <cstdlib>
#include <memory>
#include <new>

namespace pentimento {
namespace {

constexpr char32_t replacement = 0xFFFD;
constexpr char32_t capitalIWithDot = 0x130; // the one letter whose lower case is two characters, everywhere

template <typename Visit> void forEachCharacter(std::string_view utf8, Visit visit)
{
    const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(utf8.data());
    auto left = static_cast<utf8proc_ssize_t>(utf8.size());
    while (left > 0) {
        utf8proc_int32_t character = 0;
        const utf8proc_ssize_t used = utf8proc_iterate(bytes, left, &character);
        visit(used > 0 ? static_cast<char32_t>(character) : replacement);
        bytes += used > 0 ? used : 1;
        left -= used > 0 ? used : 1;
    }
}

std::string repairedUtf8(std::string_view utf8)
{
    std::string text;
    text.reserve(utf8.size());
    forEachCharacter(utf8, [&](char32_t c) { appendUtf8(text, c); });
    return text;
}

std::string composed(const std::string& utf8)
{
    utf8proc_uint8_t* mapped = nullptr;
    const utf8proc_ssize_t size =
        utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(utf8.data()), static_cast<utf8proc_ssize_t>(utf8.size()), &mapped,
                     static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE));
    const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(mapped, &std::free);
    if (size < 0)
        throw std::bad_alloc(); // the only failure left: the text is valid UTF-8
    return {reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(size)};
}

bool isWhiteSpace(char32_t c)
{
    return (c >= 0x9 && c <= 0xD) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

} // namespace

std::u32string normalizedPrompt(std::string_view utf8)
{
    std::u32string text;
    forEachCharacter(composed(repairedUtf8(utf8)), [&](char32_t c) {
        if (isWhiteSpace(c)) {
            if (text.empty() || text.back() != U' ')
                text += U' ';
        } else if (c == capitalIWithDot) {
            text += U"i\u0307";
        } else {
            text += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
        }
    });
    return text;
}

CharacterKind characterKind(char32_t character)
{
    if (isWhiteSpace(character))
        return CharacterKind::Space;
    switch (utf8proc_category(static_cast<utf8proc_int32_t>(character))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO: return CharacterKind::Letter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO: return CharacterKind::Number;
    default: return CharacterKind::Other;
    }
}

void appendUtf8(std::string& text, char32_t character)
{
    utf8proc_uint8_t bytes[4];
    const utf8proc_ssize_t size = utf8proc_encode_char(static_cast<utf8proc_int32_t>(character), bytes);
    text.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
}

} // namespace pentimento
