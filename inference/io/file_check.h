// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_check.h"
#include "inference/core/work_meter.h"
#include "inference/io/model_parts.h"

#include <set>

namespace pentimento {

/// The files with the model's weights, each once.
std::vector<const SafetensorsFile*> weightFilesOf(const ModelParts& parts);

/// Hashes the weight files and whatever else a SHA256SUMS beside the model lists, and compares with what is known: that
/// list, the name that Hugging Face's cache gives a file, or the hash in the file's own metadata (modelspec). The meter's
/// stage is advanced by bytes. Throws Exception(BadInput) naming a file that vanished, CancelledException.
std::vector<FileCheck> checkFiles(const ModelParts& parts, WorkMeter& meter);

/// Those of `tensors`, which belong to the weight files, that hold NaN or infinities.
std::vector<TensorFault> findNonFinite(const ModelParts& parts, const std::set<const TensorEntry*>& tensors, WorkMeter& meter);

/// The lines of a SHA256SUMS file (as sha256sum writes it): path in the folder -> digest. Empty when there is none.
std::map<std::string, std::string> readChecksums(const std::filesystem::path& folder);

} // namespace pentimento
