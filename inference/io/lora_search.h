// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pentimento {

/// Where LoRAs are looked for by name: $PENTIMENTO_LORAS (a list like PATH), then the user's data folder loras/.
std::vector<std::filesystem::path> loraSearchPath();

/// A path (what holds a separator, or a file that is there) or a NAME: a file's stem, case-insensitive, anywhere below the
/// search path. Throws Exception(BadInput) when there is none, naming what is there.
std::filesystem::path resolveLora(const std::string& nameOrPath);

} // namespace pentimento
