// SPDX-License-Identifier: Apache-2.0
#include "inference/text/byte_pair.h"

#include "inference/api/error.h"
#include "inference/text/unicode.h"

#include <queue>

namespace pentimento {
namespace {

constexpr std::string_view endOfWord = "</w>";
constexpr int nobody = -1;

/// GPT-2's stand-in for a byte: printable Latin-1 stands for itself, the others take the characters from U+0100 on.
char32_t standIn(int byte)
{
    const auto printable = [](int b) { return (b >= '!' && b <= '~') || (b >= 0xA1 && b <= 0xAC) || (b >= 0xAE && b <= 0xFF); };
    if (printable(byte))
        return static_cast<char32_t>(byte);
    int before = 0;
    for (int b = 0; b < byte; ++b)
        before += printable(b) ? 0 : 1;
    return static_cast<char32_t>(0x100 + before);
}

std::uint64_t pairKey(std::int64_t left, std::int64_t right)
{
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint64_t>(right);
}

/// A word as a list from which merged symbols drop out.
struct Symbol {
    std::int64_t id;
    int previous;
    int next;
    bool gone = false;
};

struct Candidate {
    std::uint32_t rank;
    int position;
    std::uint32_t result;
    bool operator<(const Candidate& other) const // the queue's top is the largest: lowest rank, then leftmost
    {
        return rank != other.rank ? rank > other.rank : position > other.position;
    }
};

} // namespace

BytePairEncoder::BytePairEncoder(Vocabulary vocabulary, std::string_view merges, std::int64_t unknownId, const std::string& where)
    : m_vocabulary(std::move(vocabulary))
{
    for (int byte = 0; byte < 256; ++byte) {
        std::string symbol;
        appendUtf8(symbol, standIn(byte));
        const auto inner = m_vocabulary.find(symbol);
        const auto last = m_vocabulary.find(symbol.append(endOfWord));
        m_inner[byte] = inner == m_vocabulary.end() ? unknownId : inner->second;
        m_last[byte] = last == m_vocabulary.end() ? unknownId : last->second;
    }
    m_merges.reserve(m_vocabulary.size());
    std::uint32_t rank = 0;
    for (std::size_t begin = 0; begin < merges.size();) {
        const std::size_t end = std::min(merges.find('\n', begin), merges.size());
        std::string_view line = merges.substr(begin, end - begin);
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        if (!line.empty() && !(begin == 0 && line.starts_with("#version")))
            addMerge(line, rank++, where);
        begin = end + 1;
    }
}

void BytePairEncoder::addMerge(std::string_view line, std::uint32_t rank, const std::string& where)
{
    const std::size_t space = line.find(' ');
    const auto refuse = [&] {
        throw Exception(ErrorCode::BadInput, "merge " + std::to_string(rank + 1) + " does not fit the vocabulary", where,
                        "get a fresh copy of the model's tokenizer");
    };
    if (space == std::string_view::npos)
        refuse();
    const std::string left(line.substr(0, space)), right(line.substr(space + 1));
    const auto a = m_vocabulary.find(left), b = m_vocabulary.find(right), ab = m_vocabulary.find(left + right);
    if (a == m_vocabulary.end() || b == m_vocabulary.end() || ab == m_vocabulary.end())
        refuse();
    m_merges.emplace(pairKey(a->second, b->second), Merge{rank, static_cast<std::uint32_t>(ab->second)});
}

void BytePairEncoder::encode(std::string_view word, std::vector<std::int64_t>& ids) const
{
    const int count = static_cast<int>(word.size());
    std::vector<Symbol> symbols;
    symbols.reserve(word.size());
    for (int i = 0; i < count; ++i) {
        const auto byte = static_cast<unsigned char>(word[static_cast<std::size_t>(i)]);
        symbols.push_back({i + 1 == count ? m_last[byte] : m_inner[byte], i - 1, i + 1 == count ? nobody : i + 1});
    }
    const auto at = [&](int position) -> Symbol& { return symbols[static_cast<std::size_t>(position)]; };

    std::priority_queue<Candidate> queue;
    const auto consider = [&](int position) {
        if (position == nobody || at(position).next == nobody)
            return;
        const auto it = m_merges.find(pairKey(at(position).id, at(at(position).next).id));
        if (it != m_merges.end())
            queue.push({it->second.rank, position, it->second.result});
    };
    for (int i = 0; i < count; ++i)
        consider(i);

    while (!queue.empty()) {
        const Candidate best = queue.top();
        queue.pop();
        Symbol& left = at(best.position);
        if (left.gone || left.next == nobody)
            continue;
        Symbol& right = at(left.next);
        // The pair may have changed since it was queued.
        const auto it = m_merges.find(pairKey(left.id, right.id));
        if (it == m_merges.end() || it->second.rank != best.rank)
            continue;
        left.id = best.result;
        left.next = right.next;
        right.gone = true;
        if (left.next != nobody)
            at(left.next).previous = best.position;
        consider(left.previous);
        consider(best.position);
    }
    for (int i = 0; i != nobody && i < count; i = at(i).next)
        ids.push_back(at(i).id);
}

} // namespace pentimento
