// SPDX-License-Identifier: Apache-2.0
#include "inference/io/model_parts.h"

#include "inference/io/model_folder.h"
#include "inference/io/single_file.h"

namespace pentimento {
namespace fs = std::filesystem;

void refusePickle(const fs::path& path, const std::string& remedy)
{
    const std::string ending = path.extension().string();
    if (ending == ".ckpt" || ending == ".pt" || ending == ".pth" || ending == ".bin")
        throw Exception(ErrorCode::BadInput, "a pickle is not opened, since it can run any program", path.string(), remedy);
}

ModelParts openModel(const fs::path& path)
{
    std::error_code ec;
    if (fs::is_directory(path, ec))
        return openModelFolder(path);
    if (!fs::exists(path, ec))
        throw Exception(ErrorCode::BadInput, "the model does not exist", path.string(), "check its name");
    if (path.extension() == ".safetensors")
        return openSingleFile(path);
    refusePickle(path, "get the model as a .safetensors file or a diffusers folder");
    throw Exception(ErrorCode::BadInput, "this is no model", path.string(),
                    "name a diffusers folder or a .safetensors checkpoint");
}

} // namespace pentimento
