// SPDX-License-Identifier: Apache-2.0
#include "inference/text/clip_tokenizer.h"

#include "inference/api/error.h"
#include "inference/core/files.h"
#include "inference/core/json.h"
#include "inference/text/unicode.h"

#include <algorithm>
#include <array>
#include <limits>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::array<std::u32string_view, 7> contractions = {U"'s", U"'t", U"'re", U"'ve", U"'m", U"'ll", U"'d"};
// Written in another case they are no special tokens, but the expression still takes them as one word, which the
// byte level step then cuts into three.
constexpr std::array<std::u32string_view, 2> markers = {U"<|startoftext|>", U"<|endoftext|>"};

std::int64_t tokenId(const Json& value, const std::string& token, const std::string& where)
{
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > std::numeric_limits<std::int32_t>::max())
        throw Exception(ErrorCode::BadInput, "the id of the token \"" + token + "\" is no whole number", where,
                        "get a fresh copy of the file");
    return value.get<std::int64_t>();
}

BytePairEncoder::Vocabulary readVocabulary(const fs::path& folder)
{
    BytePairEncoder::Vocabulary vocabulary;
    std::error_code ec;
    for (const char* name : {"vocab.json", "added_tokens.json"}) {
        const fs::path file = folder / name;
        if (name == std::string("added_tokens.json") && !fs::exists(file, ec))
            continue;
        const Json json = readJsonFile(file);
        vocabulary.reserve(vocabulary.size() + json.size());
        for (const auto& [token, id] : json.items())
            vocabulary[token] = tokenId(id, token, file.string());
    }
    return vocabulary;
}

/// A token is written as a text or as an object with the text in "content".
std::string tokenText(const Json& config, const char* key)
{
    const auto it = config.find(key);
    if (it == config.end())
        return {};
    if (it->is_string())
        return it->get<std::string>();
    const auto content = it->is_object() ? it->find("content") : it->end();
    return content != it->end() && content->is_string() ? content->get<std::string>() : std::string();
}

struct SpecialNames {
    std::string start = "<|startoftext|>";
    std::string end = "<|endoftext|>";
    std::string unknown = "<|endoftext|>";
    std::string padding = "<|endoftext|>";
};

SpecialNames readSpecialNames(const fs::path& folder)
{
    SpecialNames names;
    std::error_code ec;
    for (const char* file : {"special_tokens_map.json", "tokenizer_config.json"}) { // the second one wins
        if (!fs::exists(folder / file, ec))
            continue;
        const Json config = readJsonFile(folder / file);
        const auto take = [&](const char* key, std::string& name) {
            if (std::string text = tokenText(config, key); !text.empty())
                name = std::move(text);
        };
        take("bos_token", names.start);
        take("eos_token", names.end);
        take("unk_token", names.unknown);
        take("pad_token", names.padding);
    }
    return names;
}

/// Length of the word that `text` begins with.
std::size_t wordLength(std::u32string_view text)
{
    for (const std::u32string_view contraction : contractions) {
        if (text.starts_with(contraction))
            return contraction.size();
    }
    const CharacterKind kind = characterKind(text[0]);
    std::size_t length = 1;
    if (kind == CharacterKind::Letter || kind == CharacterKind::Other) {
        while (length < text.size() && characterKind(text[length]) == kind)
            ++length;
    }
    return length;
}

} // namespace

ClipTokenizer::ClipTokenizer(const fs::path& folder, const std::string& padding)
{
    BytePairEncoder::Vocabulary vocabulary = readVocabulary(folder);
    SpecialNames names = readSpecialNames(folder);
    if (!padding.empty())
        names.padding = padding;
    const auto idOf = [&](const std::string& token) {
        const auto it = vocabulary.find(token);
        if (it == vocabulary.end())
            throw Exception(ErrorCode::BadInput, "the vocabulary lacks the token \"" + token + "\"",
                            (folder / "vocab.json").string(), "get a fresh copy of the model's tokenizer");
        return it->second;
    };
    m_startId = idOf(names.start);
    m_endId = idOf(names.end);
    m_paddingId = idOf(names.padding);
    for (const std::string& token : {names.start, names.end, names.unknown, names.padding})
        m_special.push_back({token, idOf(token)});
    std::stable_sort(m_special.begin(), m_special.end(),
                     [](const SpecialToken& a, const SpecialToken& b) { return a.text.size() > b.text.size(); });

    const fs::path merges = folder / "merges.txt";
    const std::int64_t unknownId = idOf(names.unknown);
    m_encoder = std::make_unique<BytePairEncoder>(std::move(vocabulary), readTextFile(merges, std::size_t{64} << 20), unknownId,
                                                  merges.string());
}

std::vector<std::int64_t> ClipTokenizer::encode(std::string_view text) const
{
    std::vector<std::int64_t> ids;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < text.size();) {
        const auto found = std::find_if(m_special.begin(), m_special.end(),
                                        [&](const SpecialToken& token) { return text.substr(i).starts_with(token.text); });
        if (found == m_special.end()) {
            ++i;
            continue;
        }
        encodeWords(text.substr(begin, i - begin), ids);
        ids.push_back(found->id);
        i += found->text.size();
        begin = i;
    }
    encodeWords(text.substr(begin), ids);
    return ids;
}

void ClipTokenizer::encodeWords(std::string_view text, std::vector<std::int64_t>& ids) const
{
    const std::u32string normalized = normalizedPrompt(text);
    std::u32string_view rest = normalized;
    std::string word;
    const auto take = [&](std::size_t length) {
        word.clear();
        for (const char32_t c : rest.substr(0, length))
            appendUtf8(word, c);
        m_encoder->encode(word, ids);
        rest.remove_prefix(length);
    };
    while (!rest.empty()) {
        const auto marker =
            std::find_if(markers.begin(), markers.end(), [&](std::u32string_view m) { return rest.starts_with(m); });
        if (marker != markers.end()) {
            take(2);
            take(marker->size() - 4);
            take(2);
        } else if (characterKind(rest[0]) == CharacterKind::Space) {
            rest.remove_prefix(1);
        } else {
            take(wordLength(rest));
        }
    }
}

std::vector<std::int64_t> ClipTokenizer::encodePadded(std::string_view text, std::size_t length) const
{
    std::vector<std::int64_t> ids = encode(text);
    ids.resize(std::min(ids.size(), length - 2));
    ids.insert(ids.begin(), m_startId);
    ids.push_back(m_endId);
    ids.resize(length, m_paddingId);
    return ids;
}

} // namespace pentimento
