// SPDX-License-Identifier: Apache-2.0
#include "inference/api/model_info.h"

#include "inference/core/files.h"
#include "inference/io/model_folder.h"
#include "inference/io/tensor_store.h"

#include <algorithm>
#include <sstream>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr int largestNativeSide = 8192; // px

std::size_t listLength(const Json& config, const char* key, std::size_t fallback, const std::string& where)
{
    const auto it = config.find(key);
    if (it == config.end() || it->is_null())
        return fallback;
    if (!it->is_array() || it->empty() || it->size() > 8)
        throwJsonType(key, "a list of one to eight values", where);
    return it->size();
}

/// A number, or the largest of a list of numbers.
int largestInt(const Json& config, const char* key, int fallback, const std::string& where)
{
    const auto it = config.find(key);
    if (it == config.end() || it->is_null())
        return fallback;
    if (!it->is_array())
        return jsonInt(*it, key, where);
    int largest = 0;
    for (const Json& value : *it)
        largest = std::max(largest, jsonInt(value, key, where));
    return largest;
}

std::string familyOf(const ModelFolder& folder)
{
    const std::string where = folder.where("unet");
    if (jsonValue<std::string>(folder.unet, "addition_embed_type", {}, where) == "text_time" ||
        fs::exists(folder.path / "text_encoder_2" / "config.json"))
        return "sdxl";
    switch (largestInt(folder.unet, "cross_attention_dim", 0, where)) {
    case 768: return "sd1";
    case 1024: return "sd2";
    default: return "other";
    }
}

void readConfigs(const ModelFolder& folder, ModelInfo& info)
{
    const std::string unet = folder.where("unet"), vae = folder.where("vae"), scheduler = folder.where("scheduler");
    info.family = familyOf(folder);
    info.unetInChannels = jsonValue<int>(folder.unet, "in_channels", 4, unet);
    info.unetDownsamplings = static_cast<int>(listLength(folder.unet, "block_out_channels", 4, unet)) - 1;
    info.latentChannels = jsonValue<int>(folder.vae, "latent_channels", 4, vae);
    info.vaeFactor = 1 << (listLength(folder.vae, "block_out_channels", 4, vae) - 1);
    const int cells = largestInt(folder.unet, "sample_size", 64, unet);
    const int mostCells = largestNativeSide / info.vaeFactor;
    if (cells < 1 || cells > mostCells)
        throwJsonType("sample_size", ("from 1 to " + std::to_string(mostCells)).c_str(), unet);
    info.nativeSize = cells * info.vaeFactor;
    info.predictionType = jsonValue<std::string>(folder.scheduler, "prediction_type", "epsilon", scheduler);
    info.schedulerClass = jsonValue<std::string>(folder.scheduler, "_class_name", {}, scheduler);
}

/// The configs promise what the first layer must look like; a folder put together wrongly shows here.
void checkFirstLayer(const TensorStore& store, const ModelFolder& folder, ModelInfo& info)
{
    const std::string file = store.files().front()->path().string();
    const TensorEntry* conv = store.find("conv_in.weight");
    if (!conv)
        throw Exception(ErrorCode::BadInput, "a tensor is missing", file + ", tensor conv_in.weight",
                        "get a fresh copy of the model");
    if (conv->shape.size() != 4 || conv->shape[1] != info.unetInChannels)
        throw Exception(ErrorCode::BadInput,
                        "the weights do not fit the config, which says in_channels " + std::to_string(info.unetInChannels),
                        file + ", tensor conv_in.weight", "get " + folder.where("unet") + " and the weights together");
    info.dtype = dtypeName(conv->dtype);
}

void readWeights(const ModelFolder& folder, ModelInfo& info)
{
    std::error_code ec;
    for (const char* component : {"unet", "vae", "text_encoder", "text_encoder_2"}) {
        if (!fs::is_directory(folder.path / component, ec))
            continue; // its config is among the missing parts already
        const TensorStore store(componentWeights(folder, component));
        if (std::string(component) == "unet")
            checkFirstLayer(store, folder, info);
        info.parameters += store.parameters();
        for (const auto& file : store.files())
            info.bytes += fs::file_size(file->path(), ec);
    }
}

ModelInfo inspect(const fs::path& path)
{
    const ModelFolder folder = openModelFolder(path);
    ModelInfo info;
    info.path = path;
    info.name = fs::weakly_canonical(path).filename().string();
    info.missing = folder.missing;
    readConfigs(folder, info);
    readWeights(folder, info);
    readModelNotes(path, info);
    return info;
}

std::string trimmed(const std::string& line)
{
    const auto first = line.find_first_not_of(" \t\r");
    return first == std::string::npos ? std::string() : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

} // namespace

Expected<ModelInfo> inspectModel(const fs::path& path)
{
    try {
        return inspect(path);
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::exception& e) {
        return Error{ErrorCode::BadInput, "the model cannot be read", path.string(), "check the disk", e.what()};
    }
}

RunDefaults runDefaults(const ModelInfo& model, Mode mode)
{
    RunDefaults defaults;
    if (mode == Mode::Erase || mode == Mode::Expand)
        defaults.guidance = 1.0; // no prompt to be guided by
    if (mode == Mode::Refine)
        defaults.strength = 0.5;
    const auto it = model.modes.find(mode);
    if (it == model.modes.end())
        return defaults;
    const ModeDefaults& own = it->second;
    defaults.steps = own.steps.value_or(defaults.steps);
    defaults.guidance = own.guidance.value_or(defaults.guidance);
    defaults.strength = own.strength.value_or(defaults.strength);
    defaults.scheduler = own.scheduler.value_or(defaults.scheduler);
    defaults.maxSize = own.maxSize.value_or(defaults.maxSize);
    return defaults;
}

std::vector<std::string> promptSuggestions(const ModelInfo& model)
{
    std::vector<std::string> suggestions;
    if (model.suggestionsFile.empty())
        return suggestions;
    try {
        std::istringstream text(readTextFile(model.suggestionsFile, std::size_t{4} << 20));
        for (std::string line; std::getline(text, line);) {
            const std::string suggestion = trimmed(line);
            if (!suggestion.empty() && suggestion[0] != '#')
                suggestions.push_back(suggestion);
        }
    } catch (const std::exception&) {
        suggestions.clear(); // a convenience only: the prompt line goes without
    }
    return suggestions;
}

} // namespace pentimento
