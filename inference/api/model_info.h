// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"
#include "inference/api/request.h"

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pentimento {

/// Defaults of one mode as the model's pentimento.json states them.
struct ModeDefaults {
    std::optional<int> steps;
    std::optional<double> guidance;
    std::optional<double> strength;
    std::optional<std::string> scheduler;
    std::optional<int> maxSize; ///< largest working side in pixels
};

/// What can be told about a model without loading its weights (headers and JSON only; no torch).
struct ModelInfo {
    std::filesystem::path path;
    std::string name; ///< pentimento.json's name, else the folder's or file's stem
    std::string version;
    std::string license;
    std::string notes;
    std::string family;        ///< "sd1", "sd2", "sdxl", "other"; from shapes and configs, never from names
    int unetInChannels = 0;    ///< 4 base, 9 inpainting
    int unetDownsamplings = 0; ///< number of halvings inside the UNet
    int latentChannels = 4;
    int vaeFactor = 8;          ///< picture pixels per latent cell side
    int nativeSize = 512;       ///< working side the model was trained for, in pixels
    std::string predictionType; ///< "epsilon", "v_prediction", "sample"
    std::string schedulerClass; ///< of scheduler_config.json
    std::string dtype;          ///< of the UNet's weights on disk: "F16", "BF16", "F32"
    std::uint64_t parameters = 0;
    std::uint64_t bytes = 0; ///< of all weight files
    Prefill prefill = Prefill::None;
    std::map<Mode, ModeDefaults> modes;
    std::filesystem::path suggestionsFile; ///< one prompt a line, # for headings; empty if none
    std::optional<std::array<std::array<float, 3>, 4>> latentRgbFactors;
    std::optional<std::array<float, 3>> latentRgbBias;
    std::vector<std::string> missing; ///< parts that the model lacks
    bool inpaintModel() const { return unetInChannels == 9; }
};

/// Reads configs and weight headers of a diffusers folder or a single file. Errors name the file, tensor or key.
Expected<ModelInfo> inspectModel(const std::filesystem::path& path);

/// Places of models in search order: $PENTIMENTO_MODELS, the user's data folder, the installed or build tree's
/// resources/models.
std::vector<std::filesystem::path> modelSearchPath();

/// Every model below the search path, the unreadable ones as their error.
struct ListedModel {
    std::filesystem::path path;
    Expected<ModelInfo> info;
};
std::vector<ListedModel> listModels();
/// Those directly in one place; none where that is a model itself, a file, or missing.
std::vector<ListedModel> listModelsIn(const std::filesystem::path& place);

/// A NAME (folder's or file's stem, case-insensitive) or a path (anything with a separator). Empty: the default
/// from settings, else the starter.
Expected<std::filesystem::path> resolveModel(const std::string& nameOrPath);

/// Fills what the request leaves open: model's value for the mode, else the general default.
struct RunDefaults {
    int steps = 25;
    double guidance = 7.0;
    double strength = 1.0;
    std::string scheduler = "model";
    int maxSize = 0;
};
RunDefaults runDefaults(const ModelInfo& model, Mode mode);

/// Lines of the suggestions file without headings and blanks. Empty when there is none.
std::vector<std::string> promptSuggestions(const ModelInfo& model);

} // namespace pentimento
