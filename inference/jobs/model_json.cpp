// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/model_json.h"

#include "inference/jobs/request_values.h"

namespace pentimento {
namespace {

template <typename T> void put(Json& json, const char* key, const std::optional<T>& value)
{
    if (value)
        json[key] = *value;
}

template <typename T> void take(const Json& json, const char* key, std::optional<T>& value)
{
    if (json.contains(key))
        value = jsonValue<T>(json, key, T(), "model");
}

Json modesJson(const ModelInfo& info)
{
    Json modes = Json::object();
    for (const auto& [mode, defaults] : info.modes) {
        if (mode == Mode::Expand)
            continue; // no job can ask for it yet
        Json& json = modes[modeName(mode)];
        json = Json::object();
        put(json, "steps", defaults.steps);
        put(json, "guidance", defaults.guidance);
        put(json, "strength", defaults.strength);
        put(json, "scheduler", defaults.scheduler);
        put(json, "max_size", defaults.maxSize);
    }
    return modes;
}

} // namespace

Json modelJson(const ModelInfo& info)
{
    return {{"name", info.name},
            {"version", info.version},
            {"license", info.license},
            {"family", info.family},
            {"unet_in_channels", info.unetInChannels},
            {"unet_downsamplings", info.unetDownsamplings},
            {"inpaint_model", info.inpaintModel()},
            {"tasks", {"inpaint", "transform", "generate"}},
            {"prediction_type", info.predictionType},
            {"scheduler", info.schedulerClass},
            {"dtype", info.dtype},
            {"parameters", info.parameters},
            {"bytes", info.bytes},
            {"native_size", info.nativeSize},
            {"vae_factor", info.vaeFactor},
            {"modes", modesJson(info)},
            {"missing", info.missing},
            {"notes", info.notes}};
}

ModelInfo modelFromJson(const Json& json)
{
    const std::string where = "model";
    ModelInfo info;
    info.name = jsonValue<std::string>(json, "name", {}, where);
    info.version = jsonValue<std::string>(json, "version", {}, where);
    info.license = jsonValue<std::string>(json, "license", {}, where);
    info.notes = jsonValue<std::string>(json, "notes", {}, where);
    info.family = jsonValue<std::string>(json, "family", {}, where);
    info.predictionType = jsonValue<std::string>(json, "prediction_type", {}, where);
    info.schedulerClass = jsonValue<std::string>(json, "scheduler", {}, where);
    info.dtype = jsonValue<std::string>(json, "dtype", {}, where);
    info.parameters = jsonValue<std::uint64_t>(json, "parameters", 0, where);
    info.bytes = jsonValue<std::uint64_t>(json, "bytes", 0, where);
    info.unetInChannels = jsonValue<int>(json, "unet_in_channels", 0, where);
    info.unetDownsamplings = jsonValue<int>(json, "unet_downsamplings", 0, where);
    info.nativeSize = jsonValue<int>(json, "native_size", info.nativeSize, where);
    info.vaeFactor = jsonValue<int>(json, "vae_factor", info.vaeFactor, where);
    const Json modes = json.value("modes", Json::object());
    for (const auto& [name, defaults] : modes.items()) {
        ModeDefaults& mode = info.modes[parseMode(name, {"model, modes", ErrorCode::BadInput})];
        take(defaults, "steps", mode.steps);
        take(defaults, "guidance", mode.guidance);
        take(defaults, "strength", mode.strength);
        take(defaults, "scheduler", mode.scheduler);
        take(defaults, "max_size", mode.maxSize);
    }
    return info;
}

} // namespace pentimento
