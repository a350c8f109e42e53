// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/golden.h"

#include "inference/engine/model_loader.h"

namespace pentimento::testing {

/// Picture, mask and prompts of the golden pipeline runs.
inline InpaintInputs goldenInputs(const Golden& golden, const LoadedModel& model)
{
    InpaintInputs inputs;
    inputs.picture = golden["input.image"].unsqueeze(0).to(at::kFloat) / 127.5 - 1;
    inputs.start = inputs.picture;
    inputs.mask = golden["input.mask"].unsqueeze(0).gt(127).to(at::kFloat);
    inputs.ids = at::tensor(model.tokenizer.encodePadded("a photo of a dog on a couch"), at::kLong).unsqueeze(0);
    inputs.negativeIds = at::tensor(model.tokenizer.encodePadded("blurry, low quality"), at::kLong).unsqueeze(0);
    return inputs;
}

} // namespace pentimento::testing
