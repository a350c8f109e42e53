// SPDX-License-Identifier: Apache-2.0
#include "inference/io/lora_search.h"

#include "inference/api/error.h"
#include "inference/api/settings.h"
#include "inference/core/paths.h"
#include "inference/core/text.h"
#include "inference/io/named_search.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

bool isPath(const std::string& text)
{
    std::error_code ec;
    return text.find('/') != std::string::npos || text.find(fs::path::preferred_separator) != std::string::npos ||
           fs::exists(text, ec);
}

} // namespace

std::vector<fs::path> loraSearchPath()
{
    std::vector<fs::path> places = listedFolders("PENTIMENTO_LORAS");
    places.push_back(dataFolder() / "loras");
    return places;
}

fs::path findLora(const std::string& name)
{
    std::string known;
    std::size_t count = 0;
    for (const fs::path& place : loraSearchPath()) {
        for (const fs::path& file : filesBelow(place, {".safetensors"})) {
            const std::string stem = file.stem().string();
            if (asciiLower(stem) == asciiLower(name) || asciiLower(file.filename().string()) == asciiLower(name))
                return file;
            if (++count <= 12)
                known += (known.empty() ? "" : ", ") + stem;
        }
    }
    throw Exception(ErrorCode::BadInput, "there is no LoRA of this name", name,
                    known.empty() ? "put its .safetensors file into " + (dataFolder() / "loras").string()
                                  : "use one of: " + known + (count > 12 ? ", ..." : ""));
}

fs::path resolveLora(const std::string& nameOrPath)
{
    return isPath(nameOrPath) ? fs::absolute(nameOrPath) : findLora(nameOrPath);
}

} // namespace pentimento
