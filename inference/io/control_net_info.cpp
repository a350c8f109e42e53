// SPDX-License-Identifier: Apache-2.0
#include "inference/api/control_net_info.h"

#include "inference/api/model_info.h"
#include "inference/io/control_net.h"
#include "inference/io/model_name.h"
#include "inference/io/named_search.h"

namespace pentimento {
namespace fs = std::filesystem;
namespace {

/// A file, or a folder that is no whole model; what they hold is told only when they are opened.
bool mayBeControlNet(const fs::path& path)
{
    std::error_code ec;
    if (fs::is_directory(path, ec))
        return fs::exists(path / "config.json", ec) && !fs::exists(path / "model_index.json", ec);
    return path.extension() == ".safetensors" && fs::is_regular_file(path, ec);
}

ControlNetInfo controlNetInfo(const fs::path& path)
{
    const NetworkPart part = openControlNet(path);
    const Json& config = part.config.json;
    ControlNetInfo info;
    info.path = path;
    info.name = modelName(path);
    info.crossAttentionDim = jsonIntList(config, "cross_attention_dim", 1, 1280, part.config.where).front();
    const bool xl = jsonValue<std::string>(config, "addition_embed_type", {}, part.config.where) == "text_time";
    info.family = xl ? "sdxl" : info.crossAttentionDim == 768 ? "sd1" : info.crossAttentionDim == 1024 ? "sd2" : "other";
    info.dtype = dtypeName(part.tensors->require("conv_in.weight").entry->dtype);
    info.parameters = part.tensors->parameters();
    for (const auto& file : part.tensors->store->files()) {
        std::error_code ec;
        info.bytes += fs::file_size(file->path(), ec);
    }
    return info;
}

} // namespace

Expected<ControlNetInfo> inspectControlNet(const fs::path& path)
{
    try {
        return controlNetInfo(path);
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::exception& e) {
        return Error{ErrorCode::BadInput, "the ControlNet cannot be read", path.string(), "check the disk", e.what()};
    }
}

std::vector<ControlNetInfo> listControlNets()
{
    std::vector<ControlNetInfo> list;
    for (const fs::path& path : foundBelow(modelSearchPath(), mayBeControlNet)) {
        Expected<ControlNetInfo> info = inspectControlNet(path);
        if (ControlNetInfo* found = std::get_if<ControlNetInfo>(&info))
            list.push_back(std::move(*found));
    }
    return list;
}

Expected<fs::path> resolveControlNet(const std::string& nameOrPath)
{
    try {
        return resolveNamed(nameOrPath, foundBelow(modelSearchPath(), mayBeControlNet), "ControlNet", [] {
            std::vector<std::string> names;
            for (const ControlNetInfo& info : listControlNets())
                names.push_back(info.name);
            return names;
        });
    } catch (const std::exception& e) {
        return Error{ErrorCode::BadInput, "the ControlNet cannot be found", nameOrPath, "check its name", e.what()};
    }
}

} // namespace pentimento
