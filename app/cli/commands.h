// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/console.h"
#include "app/cli/progress_style.h"
#include "inference/jobs/job.h"

#include <optional>
#include <string>
#include <vector>

/// One function per command of the program. Each returns the exit status or throws Exception.
namespace pentimento {

struct ImageCommand {
    std::string image, mask, model, size, crop, padding = "auto", grow = "auto", feather = "auto";
    std::string mode, prefill = "auto";
    std::vector<std::string> loras; ///< FILE[:WEIGHT] each
    std::optional<std::uint64_t> seed;
    std::optional<int> width, height; ///< of a generated picture
    ProgressStyle progress = ProgressStyle::Auto;
    bool quiet = false;
    Job job; ///< what needs no translation is parsed right into it
};
int runImageCommand(ImageCommand command);

int runModelsList(bool json);
int runModelsInspect(const std::string& model, bool json);
int runTokenize(const std::string& model, const std::string& text);
int runDiff(const std::string& a, const std::string& b, const std::string& mask);
int runBench(const std::vector<std::string>& rows, const std::string& arch, int size, int steps, const std::string& model,
             int threads, bool json);
int runVersion(bool json);

} // namespace pentimento
