// SPDX-License-Identifier: Apache-2.0
#include "inference/io/embedding_search.h"

#include "inference/api/settings.h"
#include "inference/core/paths.h"
#include "inference/io/named_search.h"

namespace pentimento {
namespace fs = std::filesystem;

std::vector<fs::path> embeddingSearchPath()
{
    std::vector<fs::path> places = listedFolders("PENTIMENTO_EMBEDDINGS");
    places.push_back(dataFolder() / "embeddings");
    return places;
}

std::vector<fs::path> embeddingFiles()
{
    std::vector<fs::path> files;
    for (const fs::path& place : embeddingSearchPath()) {
        for (fs::path& file : filesBelow(place, {".safetensors", ".pt", ".bin"}))
            files.push_back(std::move(file));
    }
    return files;
}

} // namespace pentimento
