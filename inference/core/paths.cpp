// SPDX-License-Identifier: Apache-2.0
#include "inference/core/paths.h"

#include "inference/api/settings.h"
#include "inference/core/platform.h"

#include <cstdlib>
#include <sstream>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

#ifdef _WIN32
constexpr char listSeparator = ';';
#else
constexpr char listSeparator = ':';
#endif

fs::path userFolder(const char* variable, const char* below)
{
    const char* value = std::getenv(variable);
    const fs::path base = value && *value ? fs::path(value) : platform::homeFolder() / below;
    return base / "pentimento";
}

} // namespace

std::vector<fs::path> listedFolders(const char* variable)
{
    std::vector<fs::path> folders;
    const char* value = std::getenv(variable);
    std::istringstream list(value ? value : "");
    for (std::string folder; std::getline(list, folder, listSeparator);) {
        if (!folder.empty())
            folders.emplace_back(folder);
    }
    return folders;
}

fs::path configFolder()
{
    return userFolder("XDG_CONFIG_HOME", ".config");
}

fs::path dataFolder()
{
    return userFolder("XDG_DATA_HOME", ".local/share");
}

fs::path stateFolder()
{
    return userFolder("XDG_STATE_HOME", ".local/state");
}

std::uint64_t availableMemory() noexcept
{
    return platform::availableMemory();
}

fs::path resourceFolder()
{
    const char* given = std::getenv("PENTIMENTO_RESOURCES");
    if (given && *given)
        return given;
    // The build tree has the installed layout: bin beside share/pentimento.
    return (platform::executablePath().parent_path() / ".." / "share" / "pentimento").lexically_normal();
}

} // namespace pentimento
