// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace pentimento {

/// Where embeddings are looked for: $PENTIMENTO_EMBEDDINGS (a list like PATH), then the user's data folder embeddings/.
std::vector<std::filesystem::path> embeddingSearchPath();

/// Every embedding file below the search path in its order: .safetensors, and pickles (.pt, .bin), which are no use but can
/// be told of. A file's stem is the word that it stands for.
std::vector<std::filesystem::path> embeddingFiles();

} // namespace pentimento
