// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace pentimento {

/// What can be told about a ControlNet without loading its weights (no torch).
struct ControlNetInfo {
    std::filesystem::path path;
    std::string name;                   ///< the folder's or file's stem
    std::string family;                 ///< "sd1", "sd2", "sdxl", "other"; of the models that it steers
    std::int64_t crossAttentionDim = 0; ///< must be the model's
    std::string dtype;                  ///< of its weights on disk: "F16", "BF16", "F32"
    std::uint64_t parameters = 0;
    std::uint64_t bytes = 0; ///< of all weight files
};

// Any thread may call these.

/// Reads config and header of a ControlNet: a diffusers folder (config.json says ControlNetModel) or one .safetensors file.
/// Errors name the file, tensor or key, and say what a file is that is none.
Expected<ControlNetInfo> inspectControlNet(const std::filesystem::path& path);

/// Every ControlNet among the models (modelSearchPath()), in the order of the search.
std::vector<ControlNetInfo> listControlNets();

/// A NAME (folder's or file's stem, case-insensitive) or a path (anything with a separator).
Expected<std::filesystem::path> resolveControlNet(const std::string& nameOrPath);

} // namespace pentimento
