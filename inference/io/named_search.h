// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace pentimento {

// How models and what stands beside them are found by name.

/// What lies below the places, a few folders deep, and `accepts` it, sorted by path within each place, each once.
std::vector<std::filesystem::path> foundBelow(const std::vector<std::filesystem::path>& places,
                                              const std::function<bool(const std::filesystem::path&)>& accepts);

/// Files at or below `place`, a few folders deep, whose names end in one of `endings` (lower case, with the dot), by path.
std::vector<std::filesystem::path> filesBelow(const std::filesystem::path& place, const std::vector<std::string>& endings);

/// A path (anything with a separator), which must exist, made absolute; else the first of `candidates` that has this name
/// (modelName()), case-insensitive. `noun`: what is looked for, as in "there is no ... of this name"; `known`: the names to tell
/// then.
Expected<std::filesystem::path> resolveNamed(const std::string& nameOrPath, const std::vector<std::filesystem::path>& candidates,
                                             const std::string& noun, const std::function<std::vector<std::string>()>& known);

} // namespace pentimento
