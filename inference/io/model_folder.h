// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/model_parts.h"

namespace pentimento {

/// A model in diffusers' folder layout. Throws as openModel().
ModelParts openModelFolder(const std::filesystem::path& folder);

/// Reads `folder`/pentimento.json, if there is one, into `info`: everything the folder of weights cannot say. Throws
/// Exception(BadInput) naming the key.
void readModelNotes(const std::filesystem::path& folder, ModelInfo& info);

/// pull-push, none, neutral: as pentimento.json and the command line write it. Empty when unknown; "auto" is.
std::optional<Prefill> prefillFromName(const std::string& name);
/// fill, erase, refine, expand. Empty when unknown.
std::optional<Mode> modeFromName(const std::string& name);

} // namespace pentimento
