// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/prompt_tokens.h"

#include "inference/engine/prompt_embeddings.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {
namespace {

/// Tokens of one chunk and how much each counts, without start and end.
struct Chunk {
    std::vector<std::int64_t> ids;
    std::vector<float> weights;
};

/// The prompts' pieces on their way into one text encoder.
struct Encoding {
    const LoadedModel& model;
    const PromptEmbeddings& embeddings;
    std::size_t encoder = 0;

    const ClipTokenizer& tokenizer() const { return model.tokenizers[encoder]; }
    const CLIPTextConfig& config() const { return model.networks.textEncoders[encoder].config(); }
    /// Tokens of a chunk between start and end.
    std::size_t room() const { return static_cast<std::size_t>(config().maxPositions) - 2; }
};

std::vector<Chunk> chunksOf(const Encoding& encoding, const std::vector<WeightedText>& pieces)
{
    std::vector<Chunk> chunks(1);
    for (const WeightedText& piece : pieces) {
        if (piece.breaks) {
            chunks.emplace_back();
            continue;
        }
        const std::vector<std::int64_t> ids = encoding.tokenizer().encode(piece.text);
        for (std::size_t i = 0; i < ids.size();) {
            const PromptEmbeddings::Word* word = encoding.embeddings.find(encoding.encoder, ids, i);
            const std::int64_t count = word ? word->vectors : 1;
            // The vectors of one word stay together.
            if (chunks.back().ids.size() + static_cast<std::size_t>(count) > encoding.room())
                chunks.emplace_back();
            for (std::int64_t k = 0; k < count; ++k) {
                chunks.back().ids.push_back(word ? encoding.config().vocabSize + word->firstRow + k : ids[i]);
                chunks.back().weights.push_back(static_cast<float>(piece.weight));
            }
            i += word ? word->tokens[encoding.encoder].size() : 1;
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

void checkIds(const std::vector<std::int64_t>& ids, const Encoding& encoding)
{
    const std::int64_t known = encoding.config().vocabSize + encoding.embeddings.rows();
    if (std::any_of(ids.begin(), ids.end(), [&](std::int64_t id) { return id < 0 || id >= known; }))
        throw Exception(ErrorCode::BadInput, "the tokenizer's vocabulary is larger than the text encoder's",
                        encoding.model.info.path.string(), "get all parts of the model from the same place");
}

PromptTokens tokens(const LoadedModel& model, const PromptEmbeddings& embeddings, const std::vector<WeightedText>& pieces,
                    std::size_t chunkCount, bool cut)
{
    PromptTokens result;
    result.empty = std::all_of(pieces.begin(), pieces.end(), [](const WeightedText& piece) {
        return piece.text.find_first_not_of(" \t\r\n") == std::string::npos;
    });
    const bool weighted = std::any_of(pieces.begin(), pieces.end(), [](const WeightedText& piece) { return piece.weight != 1; });
    result.embeddings = embeddings.tables();
    for (std::size_t i = 0; i < model.tokenizers.size(); ++i) {
        const Encoding encoding{model, embeddings, i};
        std::vector<Chunk> chunks = chunksOf(encoding, pieces);
        chunks.resize(cut ? 1 : std::max(chunks.size(), chunkCount));
        std::vector<std::int64_t> ids;
        std::vector<float> weights;
        for (const Chunk& chunk : chunks)
            appendRow(encoding.tokenizer(), chunk, encoding.room() + 2, ids, weights);
        checkIds(ids, encoding);
        const std::int64_t length = encoding.config().maxPositions;
        result.ids.push_back(at::tensor(ids, at::kLong).reshape({-1, length}));
        if (weighted)
            result.weights = at::tensor(weights, at::kFloat).reshape({-1, length});
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
    const PromptEmbeddings embeddings = request.reference ? PromptEmbeddings() : PromptEmbeddings(model, prompt, negative);
    const Encoding first{model, embeddings};
    const std::size_t chunks = std::max(chunksOf(first, prompt).size(), chunksOf(first, negative).size());
    if (request.reference && chunks > 1)
        sink.notice("the prompt is longer than " + std::to_string(first.room()) + " tokens; its end is not used");
    inputs.prompt = tokens(model, embeddings, prompt, chunks, request.reference);
    inputs.negative = tokens(model, embeddings, negative, chunks, request.reference);
}

} // namespace pentimento
