// SPDX-License-Identifier: Apache-2.0
#include "inference/api/settings.h"
#include "inference/core/platform.h"

#include <cstdlib>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

fs::path userFolder(const char* variable, const char* below)
{
    const char* value = std::getenv(variable);
    const fs::path base = value && *value ? fs::path(value) : platform::homeFolder() / below;
    return base / "pentimento";
}

} // namespace

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
