// SPDX-License-Identifier: Apache-2.0
#include "inference/api/settings.h"

#include "inference/core/files.h"
#include "inference/core/json.h"

namespace pentimento {

SharedSettings loadSharedSettings(std::string* problem)
{
    SharedSettings settings;
    const std::filesystem::path file = configFolder() / "settings.json";
    std::error_code ec;
    if (!std::filesystem::exists(file, ec))
        return settings;
    try {
        const Json json = readJsonFile(file);
        const std::string where = file.string();
        settings.model = jsonValue<std::string>(json, "model", {}, where);
        settings.device = jsonValue<std::string>(json, "device", "auto", where);
        settings.modelFolders = jsonValue<std::vector<std::string>>(json, "model_folders", {}, where);
    } catch (const Exception& e) {
        if (problem)
            *problem = formatError(e.error());
        return SharedSettings{};
    }
    return settings;
}

std::optional<Error> saveSharedSettings(const SharedSettings& settings)
{
    try {
        std::error_code ec;
        std::filesystem::create_directories(configFolder(), ec);
        const Json json = {{"model", settings.model}, {"device", settings.device}, {"model_folders", settings.modelFolders}};
        const std::string text = json.dump(2) + "\n";
        AtomicFile file(configFolder() / "settings.json");
        file.write(text.data(), text.size());
        file.commit();
        return std::nullopt;
    } catch (const Exception& e) {
        return e.error();
    }
}

} // namespace pentimento
