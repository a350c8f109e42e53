// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_info.h"
#include "inference/core/json.h"

namespace pentimento {

/// A model in diffusers' folder layout, its configs read; the weights are not touched.
struct ModelFolder {
    std::filesystem::path path;
    Json index;                       ///< model_index.json
    Json unet;                        ///< unet/config.json
    Json vae;                         ///< vae/config.json, an empty object if missing
    Json textEncoder;                 ///< text_encoder/config.json, likewise
    Json scheduler;                   ///< scheduler/scheduler_config.json, likewise
    std::vector<std::string> missing; ///< parts the folder lacks, relative to it

    /// Path of a config for error texts.
    std::string where(const char* component) const;
};

/// Throws Exception(BadInput) naming the file that is missing or damaged, Exception(Unsupported) for a pipeline
/// without a Stable Diffusion UNet.
ModelFolder openModelFolder(const std::filesystem::path& folder);

/// Weight files of "unet", "vae", "text_encoder", "text_encoder_2". Throws as weightFiles().
std::vector<std::filesystem::path> componentWeights(const ModelFolder& folder, const std::string& component);

/// Reads `folder`/pentimento.json, if there is one, into `info`: everything the folder of weights cannot say. Throws
/// Exception(BadInput) naming the key.
void readModelNotes(const std::filesystem::path& folder, ModelInfo& info);

/// pull-push, none, neutral: as pentimento.json and the command line write it. Empty when unknown; "auto" is.
std::optional<Prefill> prefillFromName(const std::string& name);
/// fill, erase, refine, expand. Empty when unknown.
std::optional<Mode> modeFromName(const std::string& name);

} // namespace pentimento
