// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/engine/model_loader.h"

namespace pentimento {

/// Sets `inputs.prompt` and `inputs.negative` from the request for every text encoder of the model: with emphasis and in
/// as many chunks of the encoders' length as the longer of the two takes, or under the request's `reference` as diffusers
/// takes them, literally and one chunk. Words that name an embedding stand for its vectors, but for `reference`. Throws
/// Exception(BadInput) when the tokenizer does not fit the text encoder, and as PromptEmbeddings.
void addPrompts(const LoadedModel& model, const Request& request, DiffusionInputs& inputs, EventSink& sink);

} // namespace pentimento
