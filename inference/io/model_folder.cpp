// SPDX-License-Identifier: Apache-2.0
#include "inference/io/model_folder.h"

#include "inference/io/tensor_store.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

void refuseOtherThanFolder(const fs::path& path)
{
    std::error_code ec;
    if (!fs::exists(path, ec))
        throw Exception(ErrorCode::BadInput, "the model does not exist", path.string(), "check its name");
    if (fs::is_directory(path, ec))
        return;
    const std::string ending = path.extension().string();
    if (ending == ".ckpt" || ending == ".pt" || ending == ".pth" || ending == ".bin")
        throw Exception(ErrorCode::BadInput, "a pickle is not opened, since it can run any program", path.string(),
                        "get the model as a diffusers folder with .safetensors files");
    if (ending == ".safetensors")
        throw Exception(ErrorCode::Unsupported, "this version reads model folders, no single files", path.string(),
                        "convert it into a diffusers folder");
    throw Exception(ErrorCode::BadInput, "this is no model", path.string(), "name a diffusers folder");
}

Json readOptional(ModelFolder& folder, const std::string& file)
{
    std::error_code ec;
    if (fs::exists(folder.path / file, ec))
        return readJsonFile(folder.path / file);
    folder.missing.push_back(file);
    return Json::object();
}

} // namespace

std::string ModelFolder::where(const char* component) const
{
    const bool scheduling = std::string(component) == "scheduler";
    return (path / component / (scheduling ? "scheduler_config.json" : "config.json")).string();
}

ModelFolder openModelFolder(const fs::path& path)
{
    refuseOtherThanFolder(path);
    ModelFolder folder;
    folder.path = path;
    std::error_code ec;
    if (!fs::exists(path / "model_index.json", ec))
        throw Exception(ErrorCode::BadInput, "this is no diffusers model folder: model_index.json is missing", path.string(),
                        "name the folder that holds model_index.json");
    folder.index = readJsonFile(path / "model_index.json");
    if (!fs::exists(path / "unet" / "config.json", ec) && folder.index.contains("transformer")) {
        const auto name =
            jsonValue<std::string>(folder.index, "_class_name", "this pipeline", (path / "model_index.json").string());
        throw Exception(ErrorCode::Unsupported, name + " has no UNet of the Stable Diffusion families", path.string(),
                        "use a Stable Diffusion 1 or 2 model");
    }
    folder.unet = readJsonFile(path / "unet" / "config.json");
    folder.vae = readOptional(folder, "vae/config.json");
    folder.textEncoder = readOptional(folder, "text_encoder/config.json");
    folder.scheduler = readOptional(folder, "scheduler/scheduler_config.json");
    for (const char* file : {"tokenizer/vocab.json", "tokenizer/merges.txt"}) {
        if (!fs::exists(path / file, ec))
            folder.missing.emplace_back(file);
    }
    return folder;
}

std::vector<fs::path> componentWeights(const ModelFolder& folder, const std::string& component)
{
    const bool text = component.starts_with("text_encoder");
    return weightFiles(folder.path / component, text ? "model" : "diffusion_pytorch_model");
}

} // namespace pentimento
