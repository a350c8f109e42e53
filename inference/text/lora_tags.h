// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/request.h"

#include <string>
#include <string_view>
#include <vector>

namespace pentimento {

/// A LoRA as a prompt names it.
struct LoraTag {
    std::string name; ///< a file's stem
    double weight = 1;
};

struct TaggedPrompt {
    std::string text; ///< without the tags
    std::vector<LoraTag> loras;
};

/// Takes every <lora:NAME> and <lora:NAME:WEIGHT> out of a prompt (AUTOMATIC1111's web UI). What does not close is text.
/// Throws Exception(BadInput) for a weight that is no number, naming the tag.
TaggedPrompt parseLoraTags(std::string_view prompt);

/// FILE[:WEIGHT] of the command line. A colon after a drive letter and one in a name that ends in .safetensors belong to
/// the name. Throws Exception(Usage) naming `option` when the weight is no number.
LoraChoice parseLoraChoice(std::string_view text, const char* option);

} // namespace pentimento
