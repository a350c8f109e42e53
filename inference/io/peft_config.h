// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"

#include <map>
#include <optional>
#include <string>

namespace pentimento {

/// How strongly a low-rank update counts where its file keeps no alpha beside the factors: peft's LoraConfig.
struct PeftConfig {
    std::optional<double> alpha;                ///< lora_alpha
    std::map<std::string, double> alphaPattern; ///< alpha_pattern: flat module names, whole or their ends, with their own
    bool rankStabilised = false;                ///< use_rslora: alpha / sqrt(rank) (Kalajdzievski 2023) for alpha / rank

    /// Of the module with this flat name: the longest pattern's, else `alpha`.
    std::optional<double> alphaOf(const std::string& flatName) const;
};

/// The keys of `json` below `prefix`: diffusers puts one config per network into a file's metadata ("unet.lora_alpha"), peft
/// itself one without a prefix into adapter_config.json. What is missing or of another type counts as not said.
PeftConfig parsePeftConfig(const Json& json, const std::string& prefix);

} // namespace pentimento
