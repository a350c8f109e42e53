// SPDX-License-Identifier: Apache-2.0
#include "inference/io/model_folder.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

ModelConfig readConfig(const fs::path& file)
{
    return {readJsonFile(file), file.string()};
}

/// A config without which the model can be looked at, though not run.
ModelConfig readOptional(ModelParts& parts, const std::string& name)
{
    const fs::path file = parts.path / name;
    std::error_code ec;
    if (fs::exists(file, ec))
        return readConfig(file);
    parts.missing.push_back(name);
    return {Json::object(), file.string()};
}

std::shared_ptr<const TensorMap> openWeights(const fs::path& folder, const std::string& stem)
{
    std::error_code ec;
    if (!fs::is_directory(folder, ec))
        return nullptr; // its config is among the missing parts already
    return std::make_shared<TensorMap>(sameNames(std::make_shared<TensorStore>(weightFiles(folder, stem))));
}

void addTextEncoder(ModelParts& parts, const std::string& encoder, const std::string& tokenizer)
{
    TextEncoderPart part;
    part.network.config = readOptional(parts, encoder + "/config.json");
    part.network.tensors = openWeights(parts.path / encoder, "model");
    part.tokenizer = parts.path / tokenizer;
    for (const char* name : {"/vocab.json", "/merges.txt"}) {
        std::error_code ec;
        if (!fs::exists(parts.path / (tokenizer + name), ec))
            parts.missing.push_back(tokenizer + name);
    }
    parts.textEncoders.push_back(std::move(part));
}

} // namespace

ModelParts openModelFolder(const fs::path& path)
{
    ModelParts parts;
    parts.path = path;
    std::error_code ec;
    if (!fs::exists(path / "model_index.json", ec))
        throw Exception(ErrorCode::BadInput, "this is no diffusers model folder: model_index.json is missing", path.string(),
                        "name the folder that holds model_index.json");
    parts.index = readConfig(path / "model_index.json");
    if (!fs::exists(path / "unet" / "config.json", ec) && parts.index.json.contains("transformer")) {
        const auto name = jsonValue<std::string>(parts.index.json, "_class_name", "this pipeline", parts.index.where);
        throw Exception(ErrorCode::Unsupported, name + " has no UNet of the Stable Diffusion families", path.string(),
                        "use a Stable Diffusion 1, 2 or XL model");
    }
    parts.unet.config = readConfig(path / "unet" / "config.json");
    parts.vae.config = readOptional(parts, "vae/config.json");
    parts.scheduler = readOptional(parts, "scheduler/scheduler_config.json");
    parts.unet.tensors = openWeights(path / "unet", "diffusion_pytorch_model");
    parts.vae.tensors = openWeights(path / "vae", "diffusion_pytorch_model");
    // Only Stable Diffusion XL has a second one, and its refiner no first.
    const bool second = fs::exists(path / "text_encoder_2" / "config.json", ec);
    if (!second || fs::exists(path / "text_encoder" / "config.json", ec))
        addTextEncoder(parts, "text_encoder", "tokenizer");
    if (second)
        addTextEncoder(parts, "text_encoder_2", "tokenizer_2");
    return parts;
}

} // namespace pentimento
