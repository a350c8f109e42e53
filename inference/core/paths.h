// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

namespace pentimento {

/// The folders that an environment variable lists as PATH does; none when it is not set.
std::vector<std::filesystem::path> listedFolders(const char* variable);

} // namespace pentimento
