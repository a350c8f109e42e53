// SPDX-License-Identifier: Apache-2.0
#include "inference/io/control_net.h"

#include "inference/io/deduced_config.h"
#include "inference/io/file_kind.h"
#include "inference/io/renamed_map.h"

#include <array>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr const char* className = "ControlNetModel";
constexpr const char* weightStem = "diffusion_pytorch_model";

NetworkPart openFolder(const fs::path& folder)
{
    const fs::path config = folder / "config.json";
    std::error_code ec;
    if (!fs::exists(config, ec))
        throw Exception(ErrorCode::BadInput, "this is no ControlNet folder: config.json is missing", folder.string(),
                        "name the folder that holds config.json and the weights");
    NetworkPart part;
    part.config = {readJsonFile(config), config.string()};
    const auto name = jsonValue<std::string>(part.config.json, "_class_name", {}, part.config.where);
    if (name != className)
        throw Exception(ErrorCode::BadInput, name.empty() ? "this names no class of network" : name + " is no ControlNetModel",
                        part.config.where, "choose a ControlNet");
    part.tensors = std::make_shared<TensorMap>(sameNames(std::make_shared<TensorStore>(weightFiles(folder, weightStem))));
    return part;
}

/// Names of tensors that only ControlNets of another kind have.
void refuseOtherKinds(const TensorStore& store, const std::string& file)
{
    struct Mark {
        const char* text;
        const char* meaning;
    };
    constexpr std::array<Mark, 5> marks = {
        {{"difference", "this ControlNet is stored as its difference to the model it was trained on"},
         {"lora_controlnet", "this is a control LoRA, which borrows the model's own weights"},
         {"lllite_unet_", "this is a ControlNet-LLLite"},
         {"task_embedding", "this is a union of ControlNets, which is told which of them to be"},
         {"control_add_embedding.", "this is a union of ControlNets, which is told which of them to be"}}};
    for (const TensorEntry* entry : store.tensors()) {
        for (const Mark& mark : marks) {
            if (entry->name.starts_with(mark.text))
                throw Exception(ErrorCode::Unsupported, mark.meaning, file + ", tensor " + entry->name,
                                "use a ControlNet of its own");
        }
    }
}

NetworkPart openFile(const fs::path& file)
{
    const auto store = std::make_shared<const TensorStore>(std::vector<fs::path>{file});
    refuseOtherKinds(*store, file.string());
    NetworkPart part;
    const auto prefix = prefixOf(*store, std::array{"control_model.", ""}, "zero_convs.0.0.weight");
    if (prefix) {
        part.tensors = renamedMap(store, *prefix, [perLevel = inputBlocksPerLevel(*store, *prefix)](std::string_view key) {
            return wholeTensor(diffusersControlNetName(key, perLevel));
        });
    } else if (store->find("controlnet_cond_embedding.conv_in.weight")) {
        part.tensors = std::make_shared<TensorMap>(sameNames(store));
    } else {
        const std::string kind = changeKind(*store);
        throw Exception(ErrorCode::BadInput, "this is " + (kind.empty() ? std::string() : kind + ", ") + "no ControlNet",
                        file.string(), "choose a ControlNet for the model");
    }
    part.config = {deducedControlNetConfig(*part.tensors), file.string()};
    return part;
}

} // namespace

NetworkPart openControlNet(const fs::path& path)
{
    std::error_code ec;
    if (fs::is_directory(path, ec))
        return openFolder(path);
    if (!fs::exists(path, ec))
        throw Exception(ErrorCode::BadInput, "the ControlNet does not exist", path.string(), "check its name");
    refusePickle(path, "get the ControlNet as a .safetensors file or a diffusers folder");
    if (path.extension() != ".safetensors")
        throw Exception(ErrorCode::BadInput, "this is no ControlNet", path.string(),
                        "name a ControlNet's folder or .safetensors file");
    // A folder's weights alone would have to be guessed at; its config says what they are.
    if (path.stem().stem() == weightStem && fs::exists(path.parent_path() / "config.json", ec))
        return openFolder(path.parent_path());
    return openFile(path);
}

} // namespace pentimento
