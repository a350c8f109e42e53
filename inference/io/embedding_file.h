// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/tensor_store.h"

namespace pentimento {

/// A textual inversion (Gal et al. 2022, "An Image is Worth One Word"): rows that stand in a text encoder's table of tokens
/// for a word of the user's. Layouts: `emb_params` (AUTOMATIC1111, kohya), one tensor named as its token (diffusers), `clip_l`
/// and `clip_g` for the two encoders of Stable Diffusion XL. Immutable; any thread may read it.
class EmbeddingFile {
public:
    /// Throws Exception(BadInput) naming the file, or tensor, that is damaged, empty, a pickle, or no embedding.
    explicit EmbeddingFile(const std::filesystem::path& path);

    const std::filesystem::path& path() const { return m_path; }
    /// The token that diffusers' layout is named after; empty for the others.
    const std::string& token() const { return m_token; }
    /// Rows in each table, at least 1: the tokens that the word takes.
    std::int64_t vectors() const { return m_vectors; }
    /// Width of each table: one for Stable Diffusion 1 and 2, two for XL.
    const std::vector<std::int64_t>& widths() const { return m_widths; }
    /// Table `index`, vectors() rows of its width one after the other. Throws Exception(BadInput) for what is no number.
    std::vector<float> values(std::size_t index) const;

private:
    void addTable(const TensorEntry& entry);

    std::filesystem::path m_path;
    std::unique_ptr<const TensorStore> m_store;
    std::vector<const TensorEntry*> m_tables;
    std::string m_token;
    std::int64_t m_vectors = 0;
    std::vector<std::int64_t> m_widths;
};

} // namespace pentimento
