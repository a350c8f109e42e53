// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/engine/model_loader.h"
#include "inference/text/prompt_weights.h"

namespace pentimento {

/// The embeddings (textual inversion) that the prompts of one run name. A word stands for an embedding when its tokens are
/// those of the file's stem, or of the token that the file carries, where that is written as `<token>`. Nothing of the model
/// changes: ids beyond a text encoder's vocabulary mean rows of the run's own tables.
class PromptEmbeddings {
public:
    struct Word {
        std::vector<std::vector<std::int64_t>> tokens; ///< that it is written with, per text encoder
        std::int64_t firstRow = 0;
        std::int64_t vectors = 0; ///< rows that stand for it
    };

    PromptEmbeddings() = default; ///< none
    /// Looks through the user's files. Throws Exception(BadInput) naming the file of a word that is a pickle, damaged, or
    /// made for another family than the model.
    PromptEmbeddings(const LoadedModel& model, const std::vector<WeightedText>& prompt,
                     const std::vector<WeightedText>& negative);

    /// The longest word that begins at `ids[position]`, ids being a text encoder's; null when none does.
    const Word* find(std::size_t encoder, const std::vector<std::int64_t>& ids, std::size_t position) const;
    /// Of all words together.
    std::int64_t rows() const { return m_rows; }
    /// Per text encoder (rows, hidden) float32; empty when there are none.
    std::vector<at::Tensor> tables() const;

private:
    void add(const LoadedModel& model, const std::filesystem::path& path, const std::string& word);

    std::vector<Word> m_words;
    std::vector<std::vector<float>> m_values; ///< per text encoder
    std::int64_t m_rows = 0;
};

} // namespace pentimento
