// SPDX-License-Identifier: Apache-2.0
#include "inference/api/model_info.h"

#include "inference/core/files.h"
#include "inference/io/model_folder.h"

#include <algorithm>
#include <set>
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

std::string familyOf(const ModelParts& parts)
{
    const ModelConfig& unet = parts.unet.config;
    if (jsonValue<std::string>(unet.json, "addition_embed_type", {}, unet.where) == "text_time" || parts.textEncoders.size() > 1)
        return "sdxl";
    switch (largestInt(unet.json, "cross_attention_dim", 0, unet.where)) {
    case 768: return "sd1";
    case 1024: return "sd2";
    default: return "other";
    }
}

void readConfigs(const ModelParts& parts, ModelInfo& info)
{
    const ModelConfig &unet = parts.unet.config, &vae = parts.vae.config, &scheduler = parts.scheduler;
    info.family = familyOf(parts);
    info.unetInChannels = jsonValue<int>(unet.json, "in_channels", 4, unet.where);
    info.unetDownsamplings = static_cast<int>(listLength(unet.json, "block_out_channels", 4, unet.where)) - 1;
    info.latentChannels = jsonValue<int>(vae.json, "latent_channels", 4, vae.where);
    info.vaeFactor = 1 << (listLength(vae.json, "block_out_channels", 4, vae.where) - 1);
    const int cells = largestInt(unet.json, "sample_size", 64, unet.where);
    const int mostCells = largestNativeSide / info.vaeFactor;
    if (cells < 1 || cells > mostCells)
        throwJsonType("sample_size", ("from 1 to " + std::to_string(mostCells)).c_str(), unet.where);
    info.nativeSize = cells * info.vaeFactor;
    info.predictionType = jsonValue<std::string>(scheduler.json, "prediction_type", "epsilon", scheduler.where);
    info.schedulerClass = jsonValue<std::string>(scheduler.json, "_class_name", {}, scheduler.where);
}

/// The configs promise what the first layer must look like; a folder put together wrongly shows here.
void checkFirstLayer(const NetworkPart& unet, ModelInfo& info)
{
    const TensorEntry& conv = *unet.tensors->require("conv_in.weight").entry;
    if (conv.shape.size() != 4 || conv.shape[1] != info.unetInChannels)
        throw Exception(ErrorCode::BadInput,
                        "the weights do not fit the config, which says in_channels " + std::to_string(info.unetInChannels),
                        unet.tensors->where("conv_in.weight"), "get " + unet.config.where + " and the weights together");
    info.dtype = dtypeName(conv.dtype);
    if (info.unetInChannels == 4 || info.unetInChannels == 9)
        return;
    const char* why = info.unetInChannels == 5   ? ", as depth models do: the fifth is a depth map"
                      : info.unetInChannels == 7 ? ", as upscalers do: three are a small picture"
                      : info.unetInChannels == 8
                          ? ", as models that follow instructions do (instruct-pix2pix): four are another picture"
                          : ", which no known Stable Diffusion model does";
    throw Exception(ErrorCode::Unsupported, "the UNet takes " + std::to_string(info.unetInChannels) + " channels" + why,
                    unet.tensors->where("conv_in.weight"), "use a base model (4 channels) or an inpainting model (9)");
}

void readWeights(const ModelParts& parts, ModelInfo& info)
{
    if (parts.unet.tensors)
        checkFirstLayer(parts.unet, info);
    std::vector<const TensorMap*> networks = {parts.unet.tensors.get(), parts.vae.tensors.get()};
    for (const TextEncoderPart& text : parts.textEncoders)
        networks.push_back(text.network.tensors.get());
    std::set<fs::path> files; // all networks of a single file are in one
    for (const TensorMap* network : networks) {
        if (!network)
            continue;
        info.parameters += network->parameters();
        for (const auto& file : network->store->files())
            files.insert(file->path());
    }
    for (const fs::path& file : files) {
        std::error_code ec;
        info.bytes += fs::file_size(file, ec);
    }
}

std::string trimmed(const std::string& line)
{
    const auto first = line.find_first_not_of(" \t\r");
    return first == std::string::npos ? std::string() : line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

} // namespace

ModelInfo modelInfo(const ModelParts& parts)
{
    ModelInfo info;
    info.path = parts.path;
    const bool folder = fs::is_directory(parts.path);
    info.name = folder ? fs::weakly_canonical(parts.path).filename().string() : parts.path.stem().string();
    info.license = parts.license;
    info.missing = parts.missing;
    readConfigs(parts, info);
    readWeights(parts, info);
    if (folder)
        readModelNotes(parts.path, info);
    return info;
}

Expected<ModelInfo> inspectModel(const fs::path& path)
{
    try {
        return modelInfo(openModel(path));
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
