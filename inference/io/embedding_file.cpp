// SPDX-License-Identifier: Apache-2.0
#include "inference/io/embedding_file.h"

#include "inference/api/error.h"
#include "inference/io/file_kind.h"
#include "inference/io/model_parts.h"
#include "inference/io/number_formats.h"

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

constexpr std::int64_t largestWidth = 16384;

} // namespace

EmbeddingFile::EmbeddingFile(const std::filesystem::path& path) : m_path(path)
{
    refusePickle(path, "get the embedding as a .safetensors file");
    m_store = std::make_unique<const TensorStore>(std::vector<std::filesystem::path>{path});
    if (const TensorEntry* table = m_store->find("emb_params")) {
        addTable(*table);
    } else if (m_store->find("clip_l") && m_store->find("clip_g")) {
        addTable(*m_store->find("clip_l"));
        addTable(*m_store->find("clip_g"));
    } else if (m_store->tensors().size() == 1) {
        addTable(*m_store->tensors().front());
        m_token = m_store->tensors().front()->name;
    } else {
        const std::string kind = changeKind(*m_store);
        throw Exception(ErrorCode::BadInput, kind.empty() ? "this is no embedding" : "this is " + kind + ", no such embedding",
                        path.string(), "get it with emb_params, with clip_l and clip_g, or with one tensor named as its token");
    }
}

void EmbeddingFile::addTable(const TensorEntry& entry)
{
    const std::vector<std::int64_t>& shape = entry.shape;
    const std::int64_t vectors = shape.size() == 1 ? 1 : shape.empty() ? 0 : shape[0];
    const bool sane = (shape.size() == 1 || shape.size() == 2) && vectors > 0 && shape.back() > 0 && shape.back() <= largestWidth;
    if (!sane || (m_vectors > 0 && vectors != m_vectors))
        throw Exception(ErrorCode::BadInput,
                        sane ? "the two tables have not the same number of vectors" : "this is no table of vectors",
                        m_path.string() + ", tensor " + entry.name, "get a fresh copy of the embedding");
    m_vectors = vectors;
    m_widths.push_back(shape.back());
    m_tables.push_back(&entry);
}

std::vector<float> EmbeddingFile::values(std::size_t index) const
{
    const TensorEntry& entry = *m_tables.at(index);
    const std::string where = m_path.string() + ", tensor " + entry.name;
    std::vector<float> values = floatValues(entry, where);
    if (!std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }))
        throw Exception(ErrorCode::BadInput, "the embedding holds what is no number (NaN)", where, "get a fresh copy of it");
    return values;
}

} // namespace pentimento
