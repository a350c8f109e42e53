// SPDX-License-Identifier: Apache-2.0
// Where models are looked for, and how a name becomes a path.
#include "inference/api/model_info.h"
#include "inference/api/settings.h"
#include "inference/core/paths.h"
#include "inference/core/text.h"
#include "inference/io/model_name.h"
#include "inference/io/named_search.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

/// A folder or a file whose content is told only when it is opened. A pickle never is, but whoever has one wants to know why.
bool looksLikeModel(const fs::path& path)
{
    std::error_code ec;
    const bool ending = path.extension() == ".safetensors" || path.extension() == ".ckpt";
    return fs::exists(path / "model_index.json", ec) || (ending && fs::is_regular_file(path, ec));
}

std::vector<fs::path> foundModels()
{
    return foundBelow(modelSearchPath(), looksLikeModel);
}

std::vector<ListedModel> inspected(const std::vector<fs::path>& models)
{
    std::vector<ListedModel> list;
    for (const fs::path& model : models)
        list.push_back({model, inspectModel(model)});
    return list;
}

Expected<fs::path> resolve(const std::string& nameOrPath)
{
    const std::vector<fs::path> models = foundModels();
    return resolveNamed(nameOrPath, models, "model", [&models] {
        std::vector<std::string> names;
        for (const fs::path& model : models)
            names.push_back(modelName(model));
        return names;
    });
}

} // namespace

std::string modelName(const fs::path& model)
{
    return (asciiLower(model.extension().string()) == ".safetensors" ? model.stem() : model.filename()).string();
}

std::vector<fs::path> modelSearchPath()
{
    std::vector<fs::path> places = listedFolders("PENTIMENTO_MODELS");
    for (const std::string& folder : loadSharedSettings().modelFolders)
        places.emplace_back(folder);
    places.push_back(dataFolder() / "models");
    places.push_back(resourceFolder() / "models");
    return places;
}

std::vector<ListedModel> listModels()
{
    return inspected(foundModels());
}

std::vector<ListedModel> listModelsIn(const fs::path& place)
{
    return looksLikeModel(place) ? std::vector<ListedModel>() : inspected(foundBelow({place}, looksLikeModel));
}

Expected<fs::path> resolveModel(const std::string& nameOrPath)
{
    try {
        const std::string chosen = nameOrPath.empty() ? loadSharedSettings().model : nameOrPath;
        return resolve(chosen.empty() ? "starter" : chosen);
    } catch (const std::exception& e) {
        return Error{ErrorCode::BadInput, "the model cannot be found", nameOrPath, "check its name", e.what()};
    }
}

} // namespace pentimento
