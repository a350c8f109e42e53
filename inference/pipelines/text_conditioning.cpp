// SPDX-License-Identifier: Apache-2.0
#include "inference/pipelines/text_conditioning.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace {

/// The hidden states that the UNet is conditioned on, (chunks, length, hidden).
at::Tensor conditioningStates(const CLIPTextModel& encoder, const CLIPTextModel::Output& output, const TextRules& rules)
{
    const int skipped = rules.clipSkip.value_or(0) + (rules.pooled ? 1 : 0);
    if (skipped < 0 || skipped >= static_cast<int>(output.hiddenStates.size()))
        throw Exception(ErrorCode::Usage, "the text encoder has too few layers for this", "clip-skip",
                        "give less than " + std::to_string(output.hiddenStates.size() - 1));
    if (skipped == 0)
        return output.lastHiddenState;
    const at::Tensor& states = output.hiddenStates[output.hiddenStates.size() - 1 - static_cast<std::size_t>(skipped)];
    return rules.pooled ? states : encoder.normed(states);
}

/// Emphasis as people know it from AUTOMATIC1111's web UI: states times weight, the mean of all restored.
at::Tensor weighted(const at::Tensor& states, const at::Tensor& weights)
{
    const at::Tensor scaled = states * weights.unsqueeze(2);
    return scaled * (states.mean() / scaled.mean());
}

} // namespace

EncodedPrompt encodePrompt(const std::vector<CLIPTextModel>& encoders, const PromptTokens& prompt, const TextRules& rules,
                           const ForwardContext& context)
{
    EncodedPrompt encoded;
    std::vector<at::Tensor> parts;
    for (std::size_t i = 0; i < encoders.size(); ++i) {
        const at::Tensor further = prompt.embeddings.empty() ? at::Tensor() : prompt.embeddings[i];
        const CLIPTextModel::Output output = encoders[i].forward(prompt.ids[i], context, further);
        at::Tensor states = conditioningStates(encoders[i], output, rules);
        if (prompt.weights.defined())
            states = weighted(states, prompt.weights);
        parts.push_back(states.reshape({1, -1, states.size(2)}));
        if (rules.pooled && output.pooled.defined())
            encoded.pooled = output.pooled.narrow(0, 0, 1); // the first chunk speaks for all
    }
    encoded.text = at::cat(parts, 2);
    return encoded;
}

at::Tensor timeIds(std::int64_t height, std::int64_t width, const TextRules& rules, bool negative)
{
    const float h = static_cast<float>(height), w = static_cast<float>(width);
    if (rules.aestheticScore)
        return at::tensor(std::vector<float>{h, w, 0, 0, negative ? 2.5f : 6.0f}).unsqueeze(0);
    return at::tensor(std::vector<float>{h, w, 0, 0, h, w}).unsqueeze(0);
}

} // namespace pentimento
