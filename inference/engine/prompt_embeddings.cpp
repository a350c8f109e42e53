// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/prompt_embeddings.h"

#include "inference/core/log.h"
#include "inference/io/embedding_file.h"
#include "inference/io/embedding_search.h"

#include <ATen/ATen.h>

#include <algorithm>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

using Ids = std::vector<std::int64_t>;
using Widths = std::vector<std::int64_t>;

Widths textWidths(const LoadedModel& model)
{
    Widths widths;
    for (const CLIPTextModel& encoder : model.networks.textEncoders)
        widths.push_back(encoder.config().hiddenSize);
    return widths;
}

std::string widthsText(const Widths& widths)
{
    std::string text = "width ";
    for (const std::int64_t& width : widths)
        text += (&width == &widths.front() ? "" : " and ") + std::to_string(width);
    const char* family = widths == Widths{768}         ? " (Stable Diffusion 1)"
                         : widths == Widths{1024}      ? " (Stable Diffusion 2)"
                         : widths == Widths{768, 1280} ? " (Stable Diffusion XL)"
                         : widths == Widths{1280}      ? " (Stable Diffusion XL's refiner)"
                                                       : "";
    return text + family;
}

void checkFits(const EmbeddingFile& file, const LoadedModel& model)
{
    const Widths needed = textWidths(model);
    if (file.widths() != needed)
        throw Exception(ErrorCode::BadInput,
                        "this embedding is for text encoders of " + widthsText(file.widths()) + ", the model " + model.info.name +
                            " has " + widthsText(needed),
                        file.path().string(), "take its word out of the prompt or use one that was made for this kind of model");
    const std::int64_t room = model.networks.textEncoders.front().config().maxPositions - 2;
    if (file.vectors() > room)
        throw Exception(ErrorCode::BadInput,
                        "this embedding has " + std::to_string(file.vectors()) + " vectors, a chunk of a prompt takes " +
                            std::to_string(room),
                        file.path().string(), "take its word out of the prompt");
}

bool beginsAt(const Ids& ids, std::size_t position, const Ids& word)
{
    return !word.empty() && word.size() <= ids.size() - position &&
           std::equal(word.begin(), word.end(), ids.begin() + static_cast<std::ptrdiff_t>(position));
}

/// The token that a file carries; empty when it has none or cannot be read, which is no matter while nobody asks for it.
std::string carriedToken(const fs::path& path)
{
    try {
        return EmbeddingFile(path).token();
    } catch (const Exception& e) {
        logDebug("no embedding: {}", formatError(e.error()));
        return {};
    }
}

} // namespace

PromptEmbeddings::PromptEmbeddings(const LoadedModel& model, const std::vector<WeightedText>& prompt,
                                   const std::vector<WeightedText>& negative)
{
    const ClipTokenizer& tokenizer = model.tokenizers.front();
    std::vector<Ids> texts;
    bool bracketed = false;
    for (const std::vector<WeightedText>* pieces : {&prompt, &negative}) {
        for (const WeightedText& piece : *pieces) {
            texts.push_back(tokenizer.encode(piece.text));
            bracketed = bracketed || piece.text.find('<') != std::string::npos;
        }
    }
    if (std::all_of(texts.begin(), texts.end(), [](const Ids& text) { return text.empty(); }))
        return;
    const auto written = [&](const std::string& word) {
        const Ids ids = tokenizer.encode(word);
        return std::any_of(texts.begin(), texts.end(), [&](const Ids& text) {
            return std::search(text.begin(), text.end(), ids.begin(), ids.end()) != text.end() && !ids.empty();
        });
    };
    for (const fs::path& path : embeddingFiles()) {
        if (const std::string stem = path.stem().string(); written(stem)) {
            add(model, path, stem);
            continue;
        }
        const std::string token = bracketed ? carriedToken(path) : std::string();
        if (token.starts_with('<') && written(token))
            add(model, path, token);
    }
}

void PromptEmbeddings::add(const LoadedModel& model, const fs::path& path, const std::string& word)
{
    Word added;
    for (const ClipTokenizer& tokenizer : model.tokenizers)
        added.tokens.push_back(tokenizer.encode(word));
    // The same word in a later place of the search.
    if (std::any_of(m_words.begin(), m_words.end(), [&](const Word& other) { return other.tokens == added.tokens; }))
        return;
    const EmbeddingFile file(path);
    checkFits(file, model);
    added.firstRow = m_rows;
    added.vectors = file.vectors();
    m_rows += file.vectors();
    m_words.push_back(std::move(added));
    m_values.resize(file.widths().size());
    for (std::size_t i = 0; i < m_values.size(); ++i) {
        const std::vector<float> values = file.values(i);
        m_values[i].insert(m_values[i].end(), values.begin(), values.end());
    }
    logInfo("embedding {}: {} vectors", path.string(), file.vectors());
}

const PromptEmbeddings::Word* PromptEmbeddings::find(std::size_t encoder, const Ids& ids, std::size_t position) const
{
    const Word* longest = nullptr;
    for (const Word& word : m_words) {
        const Ids& tokens = word.tokens[encoder];
        if (beginsAt(ids, position, tokens) && (!longest || tokens.size() > longest->tokens[encoder].size()))
            longest = &word;
    }
    return longest;
}

std::vector<at::Tensor> PromptEmbeddings::tables() const
{
    std::vector<at::Tensor> tables;
    for (const std::vector<float>& values : m_values)
        tables.push_back(at::tensor(values, at::kFloat).reshape({m_rows, -1}));
    return tables;
}

} // namespace pentimento
