// SPDX-License-Identifier: Apache-2.0
#include "inference/io/peft_config.h"

#include "inference/io/lora_names.h"

#include <cmath>

namespace pentimento {
namespace {

std::optional<double> numberIn(const Json& value)
{
    if (!value.is_number() || !std::isfinite(value.get<double>()))
        return std::nullopt;
    return value.get<double>();
}

} // namespace

std::optional<double> PeftConfig::alphaOf(const std::string& flatName) const
{
    const auto fits = [&](const std::string& pattern) { return flatName == pattern || flatName.ends_with("_" + pattern); };
    std::optional<double> found = alpha;
    std::size_t longest = 0;
    for (const auto& [pattern, value] : alphaPattern) {
        if (pattern.size() > longest && fits(pattern)) {
            found = value;
            longest = pattern.size();
        }
    }
    return found;
}

PeftConfig parsePeftConfig(const Json& json, const std::string& prefix)
{
    PeftConfig config;
    if (!json.is_object())
        return config;
    const Json nothing;
    const auto at = [&](const char* key) -> const Json& {
        const auto it = json.find(prefix + key);
        return it == json.end() ? nothing : *it;
    };
    config.alpha = numberIn(at("lora_alpha"));
    config.rankStabilised = at("use_rslora") == true;
    if (const Json& patterns = at("alpha_pattern"); patterns.is_object()) {
        for (const auto& [pattern, value] : patterns.items()) {
            if (const std::optional<double> number = numberIn(value))
                config.alphaPattern[flatModuleName(pattern.starts_with("^") ? pattern.substr(1) : pattern)] = *number;
        }
    }
    return config;
}

} // namespace pentimento
