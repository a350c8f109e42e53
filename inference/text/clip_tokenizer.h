// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/text/byte_pair.h"

#include <filesystem>
#include <memory>

namespace pentimento {

/// CLIP's tokenizer: special tokens are split out, the text is normalised (unicode.h), cut into words by the
/// expression 's|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+, and every word is byte pair encoded.
/// Immutable once built; any thread may use it.
class ClipTokenizer {
public:
    /// From vocab.json and merges.txt; tokenizer_config.json, special_tokens_map.json and added_tokens.json where
    /// they are. `padding`: a token in place of the one they name. Throws Exception(BadInput) naming the file.
    explicit ClipTokenizer(const std::filesystem::path& folder, const std::string& padding = {});

    /// Ids of a UTF-8 text, without start and end.
    std::vector<std::int64_t> encode(std::string_view text) const;
    /// Exactly `length` (>= 2) ids: start, the text's first length - 2, end, padding.
    std::vector<std::int64_t> encodePadded(std::string_view text, std::size_t length = 77) const;

    std::int64_t startId() const { return m_startId; }
    std::int64_t endId() const { return m_endId; }
    std::int64_t paddingId() const { return m_paddingId; }

private:
    struct SpecialToken {
        std::string text;
        std::int64_t id;
    };
    void encodeWords(std::string_view text, std::vector<std::int64_t>& ids) const;

    std::vector<SpecialToken> m_special; ///< longest first
    std::unique_ptr<const BytePairEncoder> m_encoder;
    std::int64_t m_startId = 0;
    std::int64_t m_endId = 0;
    std::int64_t m_paddingId = 0;
};

} // namespace pentimento
