// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace pentimento {

/// By what name resolveModel() finds a model that lies on the search path: the folder's name or the file's stem.
std::string modelName(const std::filesystem::path& model);

} // namespace pentimento
