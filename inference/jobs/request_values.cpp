// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/request_values.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>
#include <vector>

namespace pentimento {
namespace {

constexpr int largestSide = 16384;

const std::map<std::string, Mode> modes = {{"fill", Mode::Fill}, {"erase", Mode::Erase}, {"refine", Mode::Refine}};
const std::map<std::string, Prefill> prefills = {
    {"auto", Prefill::Auto}, {"none", Prefill::None}, {"neutral", Prefill::Neutral}, {"pull-push", Prefill::PullPush}};

/// What the design names and this version cannot do yet.
const std::vector<std::string> laterModes = {"expand"};
const std::vector<std::string> laterPrefills = {"blur", "border", "noise", "patchmatch"};

[[noreturn]] void badValue(const std::string& text, const ValuePlace& place, const std::string& remedy)
{
    throw Exception(place.code, "\"" + text + "\" is no value for this", place.name, remedy);
}

template <typename Value> Value chosen(const std::map<std::string, Value>& values, const std::string& text,
                                       const ValuePlace& place, const std::vector<std::string>& later = {})
{
    const auto it = values.find(text);
    if (it != values.end())
        return it->second;
    if (std::find(later.begin(), later.end(), text) != later.end())
        throw Exception(ErrorCode::Unsupported, "this is not available in this version", place.name + " " + text,
                        "choose another value");
    std::string known;
    for (const auto& [name, value] : values)
        known += (known.empty() ? "" : ", ") + name;
    badValue(text, place, "give one of " + known);
}

template <typename Value> std::string nameOf(const std::map<std::string, Value>& values, Value value)
{
    const auto it = std::find_if(values.begin(), values.end(), [&](const auto& entry) { return entry.second == value; });
    if (it == values.end())
        throw Exception(ErrorCode::Unsupported, "this is not available in this version", {}, "choose another value");
    return it->first;
}

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

bool isSide(int pixels)
{
    return pixels > 0 && pixels <= largestSide;
}

} // namespace

Mode parseMode(const std::string& text, const ValuePlace& place)
{
    return chosen(modes, text, place, laterModes);
}

Prefill parsePrefill(const std::string& text, const ValuePlace& place)
{
    return chosen(prefills, text, place, laterPrefills);
}

bool parseOnOff(const std::string& text, const ValuePlace& place)
{
    return chosen<bool>({{"on", true}, {"off", false}}, text, place);
}

Size parseSize(const std::string& text, const ValuePlace& place)
{
    const std::vector<int> sides = numbers(text, 'x');
    if (sides.empty() || sides.size() > 2 || !std::all_of(sides.begin(), sides.end(), isSide))
        badValue(text, place, "give N or WxH, up to 16384");
    return {sides[0], sides.size() == 2 ? sides[1] : 0};
}

Crop parseCrop(const std::string& text, const ValuePlace& place)
{
    if (text.empty() || text == "auto")
        return {};
    if (text == "none")
        return {CropKind::None, {}};
    const std::vector<int> parts = numbers(text, ',');
    if (parts.size() != 4 || parts[0] < 0 || parts[1] < 0 || parts[2] <= 0 || parts[3] <= 0)
        badValue(text, place, "give auto, none or X,Y,W,H");
    return {CropKind::Exact, {parts[0], parts[1], parts[2], parts[3]}};
}

std::uint64_t parseSeed(const std::string& text, const ValuePlace& place)
{
    // CLI11 would quietly take the largest number for one beyond 64 bits.
    const std::optional<std::uint64_t> seed = wholeNumber<std::uint64_t>(text);
    if (!seed)
        badValue(text, place, "give a whole number from 0 to 18446744073709551615");
    return *seed;
}

std::optional<int> parsePixels(const std::string& text, const ValuePlace& place)
{
    if (text == "auto")
        return std::nullopt;
    const std::optional<int> pixels = wholeNumber(text);
    if (!pixels || *pixels < 0 || *pixels > 4096)
        badValue(text, place, "give auto or 0 to 4096 pixels");
    return pixels;
}

int checkedQuality(int quality, const ValuePlace& place)
{
    if (quality < 1 || quality > 100)
        throw Exception(place.code, "the quality is out of range", place.name, "give 1 to 100");
    return quality;
}

std::string modeName(Mode mode)
{
    return nameOf(modes, mode);
}

std::string prefillName(Prefill prefill)
{
    return nameOf(prefills, prefill);
}

Mode defaultMode(Task task, const std::string& prompt)
{
    if (task == Task::Transform)
        return Mode::Refine;
    return !prompt.empty() || task == Task::Generate ? Mode::Fill : Mode::Erase;
}

std::optional<Size> sizeOfSides(std::optional<int> width, std::optional<int> height)
{
    if (!width && !height)
        return std::nullopt;
    const int one = width ? *width : *height;
    return Size{width.value_or(one), height.value_or(one)};
}

void requireMaskOfPicturesSize(const Request& request, const std::string& where)
{
    if (request.task != Task::Inpaint || request.reference || request.mask.size() == request.image.size())
        return;
    throw Exception(ErrorCode::BadInput,
                    "the mask is " + std::to_string(request.mask.width) + " x " + std::to_string(request.mask.height) +
                        ", the picture " + std::to_string(request.image.width) + " x " + std::to_string(request.image.height),
                    where, "make both the same size");
}

} // namespace pentimento
