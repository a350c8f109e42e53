// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"

namespace pentimento {

/// The user's own place for models, where import writes and remove deletes.
std::filesystem::path ownModelFolder();

/// Writes the model of a single file as a diffusers folder NAME in ownModelFolder(), with its configs, CLIP's vocabulary and
/// SHA256SUMS; every tensor keeps its values and its type. `name` empty: the file's stem. The folder appears whole or not
/// at all. Returns the folder. Errors: BadInput (no model; named as by inspectModel), Usage (the name is taken or no
/// name), Unsupported (no vocabulary), Output (no space, cannot be written). Any thread; takes as long as writing takes.
std::variant<std::filesystem::path, Error, Cancelled> importModel(const std::filesystem::path& file, const std::string& name,
                                                                  const WorkReport& report, const CancelToken& cancel) noexcept;

/// The folder or file that removeModel would delete, and what it holds. Errors: BadInput where there is no such model,
/// Usage where it does not lie directly in ownModelFolder(): the program deletes nothing that it does not keep.
Expected<std::filesystem::path> removableModel(const std::string& name);
std::optional<Error> removeModel(const std::filesystem::path& model) noexcept;

} // namespace pentimento
