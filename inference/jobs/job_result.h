// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/jobs/job.h"
#include "inference/jobs/request_values.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

/// What a job's result becomes, for the command line, batches and the server alike.
namespace pentimento {

/// The whole picture with variant `index` pasted, and the profile and EXIF of the original.
Picture resultPicture(const Job& job, const Result& result, std::size_t index);

/// All variants as files in memory: byte for byte what writeResult() writes in the same format.
std::vector<std::vector<std::uint8_t>> encodeResult(const Job& job, const Result& result);

/// Where the variants go: picture.png, or picture-1.png, picture-2.png, ... for more than one.
std::vector<std::filesystem::path> outputFiles(const Job& job);

/// Everything that can be found wrong about the job's files before any work is done. Throws Exception: as the places say
/// for names of no format, Usage for two outputs of one name, Output for what cannot be written or exists.
void checkOutputs(const Job& job, const ValuePlace& output, const ValuePlace& pasteMask);

/// Writes the variants and the paste mask; each file whole or not at all. Returns outputFiles(). Throws Exception(Output).
std::vector<std::filesystem::path> writeResult(const Job& job, const Result& result);

} // namespace pentimento
