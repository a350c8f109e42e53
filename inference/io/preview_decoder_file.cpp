// SPDX-License-Identifier: Apache-2.0
#include "inference/io/preview_decoder_file.h"

#include "inference/api/model_info.h"
#include "inference/core/text.h"
#include "inference/io/model_parts.h"
#include "inference/io/original_names.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

/// The original's decoder is a sequence that begins with a clamp, diffusers' without: N there is N - 1 here.
std::string diffusersTinyName(const std::string& key)
{
    const std::size_t dot = key.find('.');
    const int index = keyIndex(std::string_view(key).substr(0, dot));
    return dot == std::string::npos || index < 1 ? std::string()
                                                 : "decoder.layers." + std::to_string(index - 1) + key.substr(dot);
}

} // namespace

std::shared_ptr<const TensorMap> openPreviewDecoder(const fs::path& path)
{
    if (!fs::exists(path))
        throw Exception(ErrorCode::BadInput, "the preview decoder does not exist", path.string(), "check its path");
    refusePickle(path, "get taesd_decoder.safetensors");
    const std::vector<fs::path> files =
        fs::is_directory(path) ? weightFiles(path, "diffusion_pytorch_model") : std::vector<fs::path>{path};
    auto tensors = std::make_shared<TensorMap>(sameNames(std::make_shared<const TensorStore>(files)));
    if (!tensors->has("decoder.layers.0.weight")) {
        std::map<std::string, StoredTensor, std::less<>> renamed;
        for (const auto& [name, tensor] : tensors->tensors) {
            if (std::string diffusers = diffusersTinyName(name); !diffusers.empty())
                renamed.emplace(std::move(diffusers), tensor);
        }
        tensors->tensors = std::move(renamed);
    }
    if (!tensors->has("decoder.layers.0.weight") || !tensors->has("decoder.layers.2.conv.0.weight"))
        throw Exception(ErrorCode::BadInput, "this is no tiny autoencoder (TAESD)", path.string(),
                        "choose taesd_decoder.safetensors or diffusers' folder of it");
    return tensors;
}

fs::path findPreviewDecoder(bool xl)
{
    for (const fs::path& place : modelSearchPath()) {
        std::error_code ec;
        for (fs::directory_iterator it(place, ec), end; !ec && it != end; it.increment(ec)) {
            const std::string name = asciiLower(it->path().filename().string());
            const bool tiny = name.starts_with("taesd") && name.find("encoder") == std::string::npos;
            const bool usable = it->is_directory(ec) || name.ends_with(".safetensors");
            if (tiny && usable && name.starts_with("taesdxl") == xl && name.starts_with("taesd3") == false)
                return it->path();
        }
    }
    return {};
}

} // namespace pentimento
