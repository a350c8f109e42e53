// SPDX-License-Identifier: Apache-2.0
#include "inference/core/base64.h"

#include <array>

namespace pentimento {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::int8_t foreign = -1, blank = -2;

constexpr std::array<std::int8_t, 256> makeValues()
{
    std::array<std::int8_t, 256> values{};
    values.fill(foreign);
    for (const char c : {' ', '\t', '\r', '\n'})
        values[static_cast<unsigned char>(c)] = blank;
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::int8_t>(i);
    return values;
}
constexpr std::array<std::int8_t, 256> values = makeValues();

/// Nothing but padding and blanks, and as much padding as `characters` need, or none.
bool endsWell(std::string_view rest, std::size_t characters)
{
    std::size_t padding = 0;
    for (const char c : rest) {
        if (c == '=')
            ++padding;
        else if (values[static_cast<unsigned char>(c)] != blank)
            return false;
    }
    return characters % 4 != 1 && (padding == 0 || (characters + padding) % 4 == 0) && padding <= 2;
}

} // namespace

std::string toBase64(std::span<const std::uint8_t> bytes)
{
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
        std::uint32_t group = 0;
        for (std::size_t k = 0; k < 3; ++k)
            group = group << 8 | (k < count ? bytes[i + k] : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= count ? alphabet[group >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

std::optional<std::vector<std::uint8_t>> fromBase64(std::string_view text)
{
    std::vector<std::uint8_t> bytes;
    bytes.reserve(text.size() / 4 * 3 + 3);
    std::uint32_t bits = 0;
    std::size_t characters = 0, at = 0;
    for (; at < text.size() && text[at] != '='; ++at) {
        const std::int8_t value = values[static_cast<unsigned char>(text[at])];
        if (value == blank)
            continue;
        if (value == foreign)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        // The first of four characters does not complete a byte; each of the others does.
        if (++characters % 4 != 1)
            bytes.push_back(static_cast<std::uint8_t>(bits >> (6 - 2 * ((characters - 1) % 4))));
    }
    if (!endsWell(text.substr(at), characters))
        return std::nullopt;
    return bytes;
}

} // namespace pentimento
