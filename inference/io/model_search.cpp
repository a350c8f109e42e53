// SPDX-License-Identifier: Apache-2.0
// Where models are looked for, and how a name becomes a path.
#include "inference/api/model_info.h"
#include "inference/api/settings.h"
#include "inference/core/paths.h"
#include "inference/core/text.h"
#include "inference/io/model_name.h"

#include <algorithm>
#include <set>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

#ifdef _WIN32
constexpr char listSeparator = ';';
#else
constexpr char listSeparator = ':';
#endif

/// A folder or a file whose content is told only when it is opened.
bool looksLikeModel(const fs::path& path)
{
    std::error_code ec;
    return fs::exists(path / "model_index.json", ec) || (path.extension() == ".safetensors" && fs::is_regular_file(path, ec));
}

/// Models directly below the search path, sorted by name within each place, each once.
std::vector<fs::path> foundModels()
{
    std::vector<fs::path> models;
    std::set<fs::path> seen;
    for (const fs::path& place : modelSearchPath()) {
        std::vector<fs::path> here;
        std::error_code ec;
        for (fs::directory_iterator it(place, ec), end; !ec && it != end; it.increment(ec)) {
            if (looksLikeModel(it->path()))
                here.push_back(it->path());
        }
        std::sort(here.begin(), here.end());
        for (const fs::path& model : here) {
            std::error_code ignored;
            if (seen.insert(fs::weakly_canonical(model, ignored)).second)
                models.push_back(model);
        }
    }
    return models;
}

bool isPath(const std::string& text)
{
    return text.find('/') != std::string::npos || text.find(fs::path::preferred_separator) != std::string::npos;
}

Expected<fs::path> resolve(const std::string& nameOrPath)
{
    if (isPath(nameOrPath)) {
        if (!fs::exists(nameOrPath))
            return Error{ErrorCode::BadInput, "the model does not exist", nameOrPath, "check its path", {}};
        // A link to a file keeps its name: in Hugging Face's cache it leads to one that says nothing.
        return fs::is_directory(nameOrPath) ? fs::weakly_canonical(nameOrPath) : fs::absolute(nameOrPath).lexically_normal();
    }
    std::string known;
    for (const fs::path& model : foundModels()) {
        if (asciiLower(modelName(model)) == asciiLower(nameOrPath))
            return model;
        known += (known.empty() ? "" : ", ") + modelName(model);
    }
    const std::string remedy =
        known.empty() ? "put a model into " + (dataFolder() / "models").string() : "use one of: " + known + ", or a path";
    return Error{ErrorCode::BadInput, "there is no model of this name", nameOrPath, remedy, {}};
}

} // namespace

std::string modelName(const fs::path& model)
{
    std::error_code ec;
    return (fs::is_directory(model, ec) ? model.filename() : model.stem()).string();
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
    std::vector<ListedModel> list;
    for (const fs::path& model : foundModels())
        list.push_back({model, inspectModel(model)});
    return list;
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
