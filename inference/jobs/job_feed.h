// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"
#include "inference/core/json.h"

#include <filesystem>
#include <functional>
#include <istream>
#include <optional>
#include <string>

/// Where the jobs of a batch come from.
namespace pentimento {

/// One job as it was found; its values have not been looked at.
struct FedJob {
    std::size_t index = 0;        ///< from 0, in the whole batch
    std::string place;            ///< "jobs[3]"; empty for a single job
    Json object;                  ///< an object, or whatever stands there
    std::optional<Error> problem; ///< why there is no object
};

struct JobFeed {
    std::function<std::optional<FedJob>()> next; ///< nothing at the end
    std::optional<std::size_t> total;            ///< absent: the jobs come through a pipe
    std::filesystem::path folder;                ///< what their paths are relative to
    bool single = false;                         ///< one job, not a list of one
};

/// A job, a list of jobs or {"jobs": [...]}; a file ending in .ndjson or .jsonl as feedFromLines(). At most 2 GB.
/// Throws Exception(BadInput).
JobFeed feedFromFile(const std::filesystem::path& file);

/// One job a line, read as it is needed, so that a program at the other end of a pipe may wait for results. Empty lines
/// do not count. `lines` must live as long as the feed.
JobFeed feedFromLines(std::istream& lines, std::filesystem::path folder);

/// Every picture of a folder, by name, with the mask of the same stem; without a folder of masks a whole-picture job
/// each. Throws Exception(BadInput) for a folder without pictures.
JobFeed feedFromFolders(const std::filesystem::path& images, const std::filesystem::path& masks);

} // namespace pentimento
