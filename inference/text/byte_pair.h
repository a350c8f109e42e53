// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pentimento {

/// Byte pair encoding of single words (Sennrich, Haddow, Birch 2016) over GPT-2's printable stand-ins for bytes, with
/// "</w>" at a word's last symbol. Immutable once built; any thread may encode.
class BytePairEncoder {
public:
    using Vocabulary = std::unordered_map<std::string, std::int64_t>;

    /// `merges`: the text of merges.txt; `where` names it in errors. Throws Exception(BadInput) when a merge has a
    /// part or a result that the vocabulary lacks. A symbol that it lacks becomes `unknownId`.
    BytePairEncoder(Vocabulary vocabulary, std::string_view merges, std::int64_t unknownId, const std::string& where);

    /// Appends the ids of one word given as plain bytes. Time n log n in its length.
    void encode(std::string_view word, std::vector<std::int64_t>& ids) const;

private:
    struct Merge {
        std::uint32_t rank;
        std::uint32_t result;
    };
    void addMerge(std::string_view line, std::uint32_t rank, const std::string& where);

    Vocabulary m_vocabulary;
    std::unordered_map<std::uint64_t, Merge> m_merges; ///< by the pair of ids
    std::int64_t m_inner[256];                         ///< id of a byte inside a word
    std::int64_t m_last[256];                          ///< id of a byte that ends a word
};

} // namespace pentimento
