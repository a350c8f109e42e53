// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/console.h"
#include "app/cli/progress_style.h"
#include "inference/core/json.h"

#include <string>
#include <vector>

namespace pentimento {

/// `pentimento run`: what it was told.
struct RunCommand {
    std::string jobs; ///< file, "-" for the standard input, or empty
    std::string images, masks, outputDir;
    std::string shard, result = "files";
    bool overwrite = false;
    bool quiet = false;
    ProgressStyle progress = ProgressStyle::Auto;
    Json common = Json::object(); ///< keys for jobs that do not have them
};

/// Returns 0, 7 when some jobs of a batch failed, 130 when it was cancelled. Throws Exception: what concerns the whole
/// command, or the error of a single job.
int runJobs(const RunCommand& command);

} // namespace pentimento
