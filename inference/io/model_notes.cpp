// SPDX-License-Identifier: Apache-2.0
// pentimento.json: what a folder of weights cannot say about itself.
#include "inference/io/model_folder.h"

#include <cmath>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr int smallestSide = 8;
constexpr int largestSide = 8192;

[[noreturn]] void refuseValue(const std::string& key, const std::string& expected, const std::string& where)
{
    throw Exception(ErrorCode::BadInput, "\"" + key + "\" should be " + expected, where, "correct the file");
}

std::optional<int> readInt(const Json& object, const char* key, int low, int high, const std::string& where)
{
    if (!object.contains(key) || object.at(key).is_null())
        return std::nullopt;
    const int value = jsonInt(object.at(key), key, where);
    if (value < low || value > high)
        refuseValue(key, "from " + std::to_string(low) + " to " + std::to_string(high), where);
    return value;
}

std::optional<double> readDouble(const Json& object, const char* key, double high, const std::string& where)
{
    if (!object.contains(key) || object.at(key).is_null())
        return std::nullopt;
    const auto value = jsonValue<double>(object, key, 0.0, where);
    if (!(value >= 0 && value <= high))
        refuseValue(key, "from 0 to " + std::to_string(static_cast<int>(high)), where);
    return value;
}

template <std::size_t N> std::array<float, N> readRow(const Json& row, const char* key, const std::string& where)
{
    if (!row.is_array() || row.size() != N)
        refuseValue(key, "made of lists of " + std::to_string(N) + " numbers", where);
    std::array<float, N> values{};
    for (std::size_t i = 0; i < N; ++i) {
        if (!row[i].is_number() || !std::isfinite(row[i].get<float>()))
            refuseValue(key, "made of numbers", where);
        values[i] = row[i].get<float>();
    }
    return values;
}

std::array<std::array<float, 3>, 4> readFactors(const Json& rows, const std::string& where)
{
    if (!rows.is_array() || rows.size() != 4)
        refuseValue("latent_rgb_factors", "four lists of three numbers", where);
    std::array<std::array<float, 3>, 4> factors{};
    for (std::size_t i = 0; i < factors.size(); ++i)
        factors[i] = readRow<3>(rows[i], "latent_rgb_factors", where);
    return factors;
}

ModeDefaults readMode(const Json& json, const std::string& key, const std::string& file)
{
    const std::string where = file + ", modes." + key;
    if (!json.is_object())
        refuseValue("modes." + key, "an object", file);
    ModeDefaults mode;
    mode.steps = readInt(json, "steps", 1, 1000, where);
    mode.guidance = readDouble(json, "guidance", 100, where);
    mode.strength = readDouble(json, "strength", 1, where);
    mode.maxSize = readInt(json, "max_size", smallestSide, largestSide, where);
    if (json.contains("scheduler") && !json.at("scheduler").is_null())
        mode.scheduler = jsonValue<std::string>(json, "scheduler", {}, where);
    return mode;
}

/// A file beside pentimento.json; the name must not lead out of the folder.
fs::path readSuggestionsFile(const fs::path& folder, const std::string& name, const std::string& where)
{
    const fs::path relative = fs::path(name).lexically_normal();
    if (relative.is_absolute() || relative.empty() || *relative.begin() == "..")
        refuseValue("prompt_suggestions", "a file inside the model's folder", where);
    return folder / relative;
}

} // namespace

std::optional<Prefill> prefillFromName(const std::string& name)
{
    if (name == "auto")
        return Prefill::Auto;
    if (name == "none")
        return Prefill::None;
    if (name == "neutral")
        return Prefill::Neutral;
    if (name == "pull-push")
        return Prefill::PullPush;
    return std::nullopt;
}

std::optional<Mode> modeFromName(const std::string& name)
{
    if (name == "fill")
        return Mode::Fill;
    if (name == "erase")
        return Mode::Erase;
    if (name == "refine")
        return Mode::Refine;
    if (name == "expand")
        return Mode::Expand;
    return std::nullopt;
}

void readModelNotes(const fs::path& folder, ModelInfo& info)
{
    const fs::path file = folder / "pentimento.json";
    std::error_code ec;
    if (!fs::exists(file, ec))
        return;
    const Json json = readJsonFile(file);
    const std::string where = file.string();

    info.name = jsonValue<std::string>(json, "name", info.name, where);
    info.license = jsonValue<std::string>(json, "license", {}, where);
    info.notes = jsonValue<std::string>(json, "notes", {}, where);
    if (const auto version = json.find("version"); version != json.end() && version->is_number())
        info.version = version->dump();
    else
        info.version = jsonValue<std::string>(json, "version", {}, where);
    if (const auto size = readInt(json, "native_size", smallestSide, largestSide, where))
        info.nativeSize = *size;

    const auto prefill = prefillFromName(jsonValue<std::string>(json, "prefill", "none", where));
    if (!prefill || *prefill == Prefill::Auto)
        refuseValue("prefill", "none, neutral or pull-push", where);
    info.prefill = *prefill;

    if (json.contains("latent_rgb_factors"))
        info.latentRgbFactors = readFactors(json.at("latent_rgb_factors"), where);
    if (json.contains("latent_rgb_bias"))
        info.latentRgbBias = readRow<3>(json.at("latent_rgb_bias"), "latent_rgb_bias", where);
    if (const auto name = jsonValue<std::string>(json, "prompt_suggestions", {}, where); !name.empty()) {
        info.suggestionsFile = readSuggestionsFile(folder, name, where);
        if (!fs::is_regular_file(info.suggestionsFile, ec)) {
            info.missing.push_back(name);
            info.suggestionsFile.clear();
        }
    }
    const Json modes = json.value("modes", Json::object());
    if (!modes.is_object())
        refuseValue("modes", "an object", where);
    for (const auto& [key, value] : modes.items()) {
        if (const auto mode = modeFromName(key))
            info.modes[*mode] = readMode(value, key, where);
    }
}

} // namespace pentimento
