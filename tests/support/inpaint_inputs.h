// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/golden.h"

#include "inference/engine/model_loader.h"

namespace pentimento::testing {

inline PromptTokens promptTokens(const LoadedModel& model, const std::string& prompt)
{
    PromptTokens tokens;
    for (const ClipTokenizer& tokenizer : model.tokenizers)
        tokens.ids.push_back(at::tensor(tokenizer.encodePadded(prompt), at::kLong).unsqueeze(0));
    tokens.empty = prompt.empty();
    return tokens;
}

/// Picture, mask and prompts of the golden pipeline runs.
inline DiffusionInputs goldenInputs(const Golden& golden, const LoadedModel& model)
{
    DiffusionInputs inputs;
    inputs.picture = golden["input.image"].unsqueeze(0).to(at::kFloat) / 127.5 - 1;
    inputs.start = inputs.picture;
    inputs.mask = golden["input.mask"].unsqueeze(0).gt(127).to(at::kFloat);
    inputs.prompt = promptTokens(model, "a photo of a dog on a couch");
    inputs.negative = promptTokens(model, "blurry, low quality");
    return inputs;
}

} // namespace pentimento::testing
