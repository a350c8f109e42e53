// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/prompt_tokens.h"

#include "inference/text/prompt_weights.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {
namespace {

/// Tokens of one chunk and how much each counts, without start and end.
struct Chunk {
    std::vector<std::int64_t> ids;
    std::vector<float> weights;
};

std::vector<Chunk> chunksOf(const ClipTokenizer& tokenizer, const std::vector<WeightedText>& pieces, std::size_t room)
{
    std::vector<Chunk> chunks(1);
    for (const WeightedText& piece : pieces) {
        if (piece.breaks) {
            chunks.emplace_back();
            continue;
        }
        for (const std::int64_t id : tokenizer.encode(piece.text)) {
            if (chunks.back().ids.size() == room)
                chunks.emplace_back();
            chunks.back().ids.push_back(id);
            chunks.back().weights.push_back(static_cast<float>(piece.weight));
        }
    }
    return chunks;
}

/// Start, tokens, end and padding, in rows of `length`.
void appendRow(const ClipTokenizer& tokenizer, const Chunk& chunk, std::size_t length, std::vector<std::int64_t>& ids,
               std::vector<float>& weights)
{
    const std::size_t end = ids.size() + length;
    ids.push_back(tokenizer.startId());
    ids.insert(ids.end(), chunk.ids.begin(), chunk.ids.end());
    ids.push_back(tokenizer.endId());
    ids.resize(end, tokenizer.paddingId());
    weights.push_back(1);
    weights.insert(weights.end(), chunk.weights.begin(), chunk.weights.end());
    weights.resize(end, 1);
}

void checkIds(const std::vector<std::int64_t>& ids, const CLIPTextConfig& config, const ModelInfo& model)
{
    if (std::any_of(ids.begin(), ids.end(), [&](std::int64_t id) { return id < 0 || id >= config.vocabSize; }))
        throw Exception(ErrorCode::BadInput, "the tokenizer's vocabulary is larger than the text encoder's", model.path.string(),
                        "get all parts of the model from the same place");
}

PromptTokens tokens(const LoadedModel& model, const std::vector<WeightedText>& pieces, std::size_t chunkCount, bool cut)
{
    PromptTokens result;
    result.empty = std::all_of(pieces.begin(), pieces.end(), [](const WeightedText& piece) {
        return piece.text.find_first_not_of(" \t\r\n") == std::string::npos;
    });
    const bool weighted = std::any_of(pieces.begin(), pieces.end(), [](const WeightedText& piece) { return piece.weight != 1; });
    for (std::size_t i = 0; i < model.tokenizers.size(); ++i) {
        const CLIPTextConfig& config = model.networks.textEncoders[i].config();
        const std::size_t length = static_cast<std::size_t>(config.maxPositions);
        std::vector<Chunk> chunks = chunksOf(model.tokenizers[i], pieces, length - 2);
        chunks.resize(cut ? 1 : std::max(chunks.size(), chunkCount));
        std::vector<std::int64_t> ids;
        std::vector<float> weights;
        for (const Chunk& chunk : chunks)
            appendRow(model.tokenizers[i], chunk, length, ids, weights);
        checkIds(ids, config, model.info);
        result.ids.push_back(at::tensor(ids, at::kLong).reshape({-1, config.maxPositions}));
        if (weighted)
            result.weights = at::tensor(weights, at::kFloat).reshape({-1, config.maxPositions});
    }
    return result;
}

} // namespace

void addPrompts(const LoadedModel& model, const Request& request, DiffusionInputs& inputs, EventSink& sink)
{
    const auto parsed = [&](const std::string& text) {
        return request.reference ? std::vector<WeightedText>{{text, 1, false}} : parsePromptWeights(text);
    };
    const std::vector<WeightedText> prompt = parsed(request.prompt), negative = parsed(request.negativePrompt);
    const std::size_t room = static_cast<std::size_t>(model.networks.textEncoders.front().config().maxPositions) - 2;
    const auto count = [&](const std::vector<WeightedText>& pieces) {
        return chunksOf(model.tokenizers.front(), pieces, room).size();
    };
    const std::size_t chunks = std::max(count(prompt), count(negative));
    if (request.reference && chunks > 1)
        sink.notice("the prompt is longer than " + std::to_string(room) + " tokens; its end is not used");
    inputs.prompt = tokens(model, prompt, chunks, request.reference);
    inputs.negative = tokens(model, negative, chunks, request.reference);
}

} // namespace pentimento
