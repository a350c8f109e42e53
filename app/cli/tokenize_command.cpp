// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "inference/api/model_info.h"
#include "inference/core/json.h"
#include "inference/io/single_file.h"
#include "inference/text/clip_tokenizer.h"

#include <cstdio>

namespace pentimento {
namespace {

/// Of a folder, reads nothing else.
ClipTokenizer tokenizerOf(const std::filesystem::path& model)
{
    if (std::filesystem::is_directory(model))
        return ClipTokenizer(model / "tokenizer");
    const TextEncoderPart first = openModel(model).textEncoders.front();
    if (first.tokenizer.empty())
        throw Exception(vocabularyMissing(model));
    return ClipTokenizer(first.tokenizer, first.paddingToken);
}

} // namespace

int runTokenize(const std::string& model, const std::string& text)
{
    const ClipTokenizer tokenizer = tokenizerOf(unwrap(resolveModel(model)));
    const std::vector<std::int64_t> ids = tokenizer.encode(text);
    // One line per chunk of what a text encoder sees at once: 75 tokens between start and end.
    constexpr std::size_t chunk = 75;
    for (std::size_t first = 0; first == 0 || first < ids.size(); first += chunk) {
        Json line = Json::array({tokenizer.startId()});
        for (std::size_t i = first; i < std::min(ids.size(), first + chunk); ++i)
            line.push_back(ids[i]);
        line.push_back(tokenizer.endId());
        std::printf("%s\n", line.dump().c_str());
    }
    return 0;
}

} // namespace pentimento
