// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pentimento {

/// What window and command line must agree on: settings.json in the user's configuration folder.
struct SharedSettings {
    std::string model; ///< default model's NAME or path; empty: the starter
    std::vector<std::string> modelFolders;
    std::string device = "auto";
};

/// Defaults when the file is missing or unreadable (the reason goes to `problem`).
SharedSettings loadSharedSettings(std::string* problem = nullptr);
std::optional<Error> saveSharedSettings(const SharedSettings& settings);

/// Per-user folders, XDG on Linux, created on demand by whoever writes.
std::filesystem::path configFolder();
std::filesystem::path dataFolder();
std::filesystem::path stateFolder();
/// Bytes that can be had now without swapping.
std::uint64_t availableMemory() noexcept;
/// The program's resources: beside the build tree or installed.
std::filesystem::path resourceFolder();

} // namespace pentimento
