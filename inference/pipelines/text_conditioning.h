// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/models/clip_text_model.h"
#include "inference/models/unet_2d_condition_model.h"

#include <optional>
#include <vector>

namespace pentimento {

/// One prompt in tokens, in chunks of the text encoders' length.
struct PromptTokens {
    std::vector<at::Tensor> ids;        ///< per text encoder (chunks, length) int64; they differ in padding only
    at::Tensor weights;                 ///< (chunks, length) float32, emphasis of each token; undefined: 1 everywhere
    std::vector<at::Tensor> embeddings; ///< per text encoder (rows, hidden): what ids beyond its vocabulary mean; or empty
    bool empty = false;                 ///< no words at all
};

/// What the model's configs say about prompts.
struct TextRules {
    bool pooled = false;            ///< Stable Diffusion XL: hidden states before the last layer, and a pooled embedding
    bool zeroEmptyNegative = false; ///< an empty negative prompt is all zeros
    bool aestheticScore = false;    ///< the last time id is a score, as in XL's refiner
    std::optional<int> clipSkip;    ///< leave out this many last layers; XL counts from its own second last
};

struct EncodedPrompt {
    at::Tensor text;   ///< (1, tokens, width)
    at::Tensor pooled; ///< (1, width)
};

/// Runs every text encoder over every chunk and joins chunks along tokens and encoders along width. Throws
/// Exception(Usage) when clipSkip leaves no layer.
EncodedPrompt encodePrompt(const std::vector<CLIPTextModel>& encoders, const PromptTokens& prompt, const TextRules& rules,
                           const ForwardContext& context);

/// Time ids of Stable Diffusion XL (Podell et al. 2023) for a picture that was never cropped: (1, ids).
at::Tensor timeIds(std::int64_t height, std::int64_t width, const TextRules& rules, bool negative);

} // namespace pentimento
