// SPDX-License-Identifier: Apache-2.0
// Where CLIP's vocabulary lies. It is not part of the source tree; packaging/clip-vocabulary.sh gets it.
#include "inference/api/settings.h"
#include "inference/core/json.h"
#include "inference/io/single_file.h"

#include <algorithm>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t clipTokens = 49408;

bool hasFiles(const fs::path& tokenizer)
{
    std::error_code ec;
    return fs::is_regular_file(tokenizer / "vocab.json", ec) && fs::is_regular_file(tokenizer / "merges.txt", ec);
}

bool isClips(const fs::path& tokenizer)
{
    try {
        return hasFiles(tokenizer) && readJsonFile(tokenizer / "vocab.json").size() == clipTokens;
    } catch (const std::exception&) {
        return false; // that model's trouble
    }
}

} // namespace

fs::path clipVocabularyFolder()
{
    if (const fs::path own = resourceFolder() / "tokenizer" / "clip"; hasFiles(own))
        return own;
    for (const fs::path& place : modelSearchPath()) {
        std::vector<fs::path> tokenizers;
        std::error_code ec;
        for (fs::directory_iterator it(place, ec), end; !ec && it != end; it.increment(ec))
            tokenizers.push_back(it->path() / "tokenizer");
        std::sort(tokenizers.begin(), tokenizers.end());
        const auto found = std::find_if(tokenizers.begin(), tokenizers.end(), isClips);
        if (found != tokenizers.end())
            return *found;
    }
    return {};
}

Error vocabularyMissing(const fs::path& model)
{
    return {ErrorCode::Unsupported,
            "a single file has no tokenizer, and CLIP's vocabulary is not installed",
            model.string(),
            "run packaging/clip-vocabulary.sh, or install any Stable Diffusion model folder",
            {}};
}

} // namespace pentimento
