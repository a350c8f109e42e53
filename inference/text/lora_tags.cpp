// SPDX-License-Identifier: Apache-2.0
#include "inference/text/lora_tags.h"

#include "inference/api/error.h"
#include "inference/core/text.h"

#include <cctype>
#include <charconv>
#include <cmath>
#include <optional>

namespace pentimento {
namespace {

constexpr std::string_view opening = "<lora:";

/// The whole of `text` as a finite number, spaces around it allowed.
std::optional<double> weightOf(std::string_view text)
{
    while (text.starts_with(' '))
        text.remove_prefix(1);
    while (text.ends_with(' '))
        text.remove_suffix(1);
    if (text.starts_with('+'))
        text.remove_prefix(1);
    double value = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
        return std::nullopt;
    return value;
}

LoraTag parseTag(std::string_view inside)
{
    LoraTag tag;
    const std::size_t colon = inside.find(':');
    tag.name = inside.substr(0, colon);
    if (colon == std::string_view::npos)
        return tag;
    const std::string_view weight = inside.substr(colon + 1);
    const std::optional<double> value = weightOf(weight);
    if (!value)
        throw Exception(ErrorCode::BadInput, "\"" + std::string(weight) + "\" is no weight of a LoRA",
                        std::string(opening) + std::string(inside) + ">", "write <lora:NAME:0.7>, with one weight");
    tag.weight = *value;
    return tag;
}

} // namespace

TaggedPrompt parseLoraTags(std::string_view prompt)
{
    TaggedPrompt parsed;
    std::size_t from = 0;
    for (;;) {
        const std::size_t begin = prompt.find(opening, from);
        const std::size_t end = begin == std::string_view::npos ? begin : prompt.find('>', begin);
        parsed.text += prompt.substr(from, end == std::string_view::npos ? end : begin - from);
        if (end == std::string_view::npos)
            return parsed;
        parsed.loras.push_back(parseTag(prompt.substr(begin + opening.size(), end - begin - opening.size())));
        from = end + 1;
    }
}

LoraChoice parseLoraChoice(std::string_view text, const char* option)
{
    const std::size_t colon = text.rfind(':');
    const bool drive = colon == 1 && std::isalpha(static_cast<unsigned char>(text[0]));
    if (colon == std::string_view::npos || drive || asciiLower(std::string(text)).ends_with(".safetensors"))
        return {std::string(text), 1};
    const std::optional<double> weight = weightOf(text.substr(colon + 1));
    if (!weight || colon == 0)
        throw Exception(ErrorCode::Usage, "\"" + std::string(text) + "\" is no value for this option", option,
                        "give FILE or FILE:WEIGHT, a number such as 0.7 or -1");
    return {std::string(text.substr(0, colon)), *weight};
}

} // namespace pentimento
