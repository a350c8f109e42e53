// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"

#include <charconv>

namespace pentimento {
namespace {

template <typename Number = int> std::optional<Number> wholeNumber(std::string_view text)
{
    Number value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

std::vector<int> numbers(const std::string& text, char separator)
{
    std::vector<int> values;
    std::size_t from = 0;
    while (from <= text.size()) {
        const std::size_t to = std::min(text.find(separator, from), text.size());
        const std::optional<int> value = wholeNumber(std::string_view(text).substr(from, to - from));
        if (!value)
            return {};
        values.push_back(*value);
        from = to + 1;
    }
    return values;
}

[[noreturn]] void badValue(const std::string& text, const char* option, const char* remedy)
{
    throw Exception(ErrorCode::Usage, "\"" + text + "\" is no value for this option", option, remedy);
}

} // namespace

Size parseSize(const std::string& text, const char* option)
{
    constexpr int largest = 16384;
    const std::vector<int> sides = numbers(text, 'x');
    const bool sane = (sides.size() == 1 || sides.size() == 2) && sides[0] > 0 && sides[0] <= largest &&
                      (sides.size() == 1 || (sides[1] > 0 && sides[1] <= largest));
    if (!sane)
        badValue(text, option, "give N or WxH, up to 16384");
    return {sides[0], sides.size() == 2 ? sides[1] : 0};
}

Crop parseCrop(const std::string& text, const char* option)
{
    if (text.empty() || text == "auto")
        return {};
    if (text == "none")
        return {CropKind::None, {}};
    const std::vector<int> parts = numbers(text, ',');
    if (parts.size() != 4 || parts[0] < 0 || parts[1] < 0 || parts[2] <= 0 || parts[3] <= 0)
        badValue(text, option, "give auto, none or X,Y,W,H");
    return {CropKind::Exact, {parts[0], parts[1], parts[2], parts[3]}};
}

std::uint64_t parseSeed(const std::string& text, const char* option)
{
    // CLI11 would quietly take the largest number for one beyond 64 bits.
    const std::optional<std::uint64_t> seed = wholeNumber<std::uint64_t>(text);
    if (!seed)
        badValue(text, option, "give a whole number from 0 to 18446744073709551615");
    return *seed;
}

std::optional<int> parsePixels(const std::string& text, const char* option)
{
    if (text == "auto")
        return std::nullopt;
    const std::optional<int> pixels = wholeNumber(text);
    if (!pixels || *pixels < 0 || *pixels > 4096)
        badValue(text, option, "give auto or 0 to 4096 pixels");
    return pixels;
}

} // namespace pentimento
