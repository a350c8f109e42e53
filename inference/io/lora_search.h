// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace pentimento {

/// Where LoRAs are looked for by name: $PENTIMENTO_LORAS (a list like PATH), then the user's data folder loras/.
std::vector<std::filesystem::path> loraSearchPath();

/// The file of a NAME: its stem, case-insensitive, anywhere below the search path; never a path, since prompts come from
/// anywhere. Throws Exception(BadInput) when there is none, naming what is there.
std::filesystem::path findLora(const std::string& name);

/// A path (what holds a separator, or a file that is there), else as findLora().
std::filesystem::path resolveLora(const std::string& nameOrPath);

} // namespace pentimento
