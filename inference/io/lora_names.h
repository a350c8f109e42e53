// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/lora_file.h"

#include <optional>

namespace pentimento {

/// A tensor's name taken apart.
struct LoraKey {
    LoraTarget target = LoraTarget::UNet;
    std::string module; ///< flat
    std::string name;   ///< of the module, as the file spells it
    LoraPart part = LoraPart::Down;
};

/// Empty for a name that is no LoRA's.
std::optional<LoraKey> parseLoraKey(std::string_view key);

/// What an adapter that cannot be used is ("an OFT adapter"), by a key of it; empty for all others.
std::string refusedAdapter(std::string_view key);

/// A module of diffusers or transformers as kohya names it: "a.b.0" -> "a_b_0", without the level "text_model".
std::string flatModuleName(std::string_view module);

/// A UNet's module under the flat name of the original repository, which kohya's XL trainer uses: "down_blocks.1.attentions.0.
/// proj_in" -> "input_blocks_4_1_proj_in". `blocksPerLevel`: input blocks per resolution, the one that halves included. An
/// upsampler has two possible names. Empty for what the original does not have.
std::vector<std::string> originalModuleNames(std::string_view module, int blocksPerLevel);

} // namespace pentimento
