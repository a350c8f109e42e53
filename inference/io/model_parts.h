// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_info.h"
#include "inference/core/json.h"
#include "inference/io/tensor_map.h"

namespace pentimento {

/// A config as diffusers writes it, read or deduced.
struct ModelConfig {
    Json json = Json::object();
    std::string where; ///< the file to name when something in it is wrong
};

struct NetworkPart {
    ModelConfig config;
    std::shared_ptr<const TensorMap> tensors; ///< null when the part is missing
};

struct TextEncoderPart {
    NetworkPart network;
    std::filesystem::path tokenizer; ///< folder with vocab.json and merges.txt; empty when there is none
    std::string paddingToken;        ///< empty: as the tokenizer's folder says
};

/// A model taken apart, the same for a diffusers folder and a single file. Weights are mapped, none is read.
struct ModelParts {
    std::filesystem::path path;
    ModelConfig index; ///< model_index.json
    NetworkPart unet, vae;
    std::vector<TextEncoderPart> textEncoders; ///< in the order of their embeddings' columns
    ModelConfig scheduler;
    std::string license;              ///< where the file's metadata tell it
    std::vector<std::string> missing; ///< parts that the model lacks
};

/// Throws Exception: BadInput naming the file or tensor that is missing, damaged, or no model at all; Unsupported for
/// a model of another kind than Stable Diffusion.
ModelParts openModel(const std::filesystem::path& path);

/// Throws Exception(BadInput) for a file whose name ends as pickles do; `remedy`: what to do.
void refusePickle(const std::filesystem::path& path, const std::string& remedy);

/// The facts about a model. Throws Exception naming the config's key or the tensor that does not fit.
ModelInfo modelInfo(const ModelParts& parts);

} // namespace pentimento
