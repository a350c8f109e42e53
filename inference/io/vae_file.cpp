// SPDX-License-Identifier: Apache-2.0
#include "inference/io/vae_file.h"

#include "inference/io/deduced_config.h"
#include "inference/io/single_file.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

[[noreturn]] void refuse(const std::string& what, const fs::path& path, const std::string& remedy)
{
    throw Exception(ErrorCode::BadInput, what, path.string(), remedy);
}

/// The folder itself, or that of the VAE inside a model's.
fs::path vaeFolder(const fs::path& folder)
{
    return fs::exists(folder / "vae" / "config.json") ? folder / "vae" : folder;
}

std::vector<fs::path> filesOf(const fs::path& vae)
{
    if (fs::is_directory(vae))
        return weightFiles(vaeFolder(vae), "diffusion_pytorch_model");
    if (!fs::exists(vae))
        refuse("the VAE does not exist", vae, "check its path");
    refusePickle(vae, "get the VAE as a .safetensors file");
    return {vae};
}

std::shared_ptr<const TensorMap> tensorsOf(const fs::path& vae)
{
    const auto store = std::make_shared<const TensorStore>(filesOf(vae));
    if (auto original = originalVae(store))
        return original;
    auto tensors = std::make_shared<TensorMap>(sameNames(store));
    if (!tensors->has("decoder.up_blocks.0.resnets.0.conv1.weight") || !tensors->has("encoder.conv_in.weight"))
        refuse("this is no VAE", vae, "choose a file with the encoder and the decoder of a Stable Diffusion VAE");
    return tensors;
}

ModelConfig configOf(const fs::path& vae, const TensorMap& tensors, bool xl)
{
    const fs::path file = (fs::is_directory(vae) ? vaeFolder(vae) : vae.parent_path()) / "config.json";
    if (fs::exists(file)) {
        ModelConfig config{readJsonFile(file), file.string()};
        if (jsonValue<std::string>(config.json, "_class_name", {}, config.where) == "AutoencoderKL")
            return config;
    }
    return {deducedVaeConfig(tensors, xl), vae.string()};
}

} // namespace

void replaceVae(ModelParts& parts, const fs::path& vae)
{
    NetworkPart part;
    part.tensors = tensorsOf(vae);
    const Json& unet = parts.unet.config.json;
    part.config = configOf(vae, *part.tensors, unet.contains("addition_embed_type"));
    const std::int64_t latents = part.tensors->side("decoder.conv_in.weight", 1);
    const std::int64_t needed = jsonValue<int>(unet, "out_channels", 4, parts.unet.config.where);
    if (latents != needed)
        refuse("this VAE has " + std::to_string(latents) + " latent channels, the model " + std::to_string(needed), vae,
               "choose a VAE of the model's family");
    // What the model itself lacks of a VAE is no longer needed.
    std::erase_if(parts.missing, [](const std::string& lacking) { return lacking.starts_with("vae/"); });
    parts.vae = std::move(part);
    parts.otherVae = vae;
}

} // namespace pentimento
