// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/console.h"
#include "app/cli/progress_style.h"
#include "inference/jobs/control_values.h"
#include "inference/jobs/job.h"

#include <optional>
#include <string>
#include <vector>

/// One function per command of the program. Each returns the exit status or throws Exception.
namespace pentimento {

/// Values of --control and the options that go with it, in the order given.
struct ControlOptions {
    std::vector<std::string> sources, models;
    ControlNumbers numbers;
};
/// Pairs them by order and reads the pictures. A source is a picture file, or canny, lineart, scribble or inpaint, which take
/// the picture that is worked on or, as "canny:FILE", another. Throws Exception: Usage when the numbers differ, BadInput
/// naming a picture or ControlNet that is not there.
std::vector<ControlChoice> readControls(const ControlOptions& options);

struct ImageCommand {
    std::string image, mask, model, vae, previewDecoder, size, crop, padding = "auto", grow = "auto", feather = "auto";
    std::string mode, prefill = "auto";
    std::vector<std::string> loras; ///< FILE[:WEIGHT] each
    ControlOptions controls;
    std::optional<std::uint64_t> seed;
    std::optional<int> width, height; ///< of a generated picture
    ProgressStyle progress = ProgressStyle::Auto;
    bool quiet = false;
    Job job; ///< what needs no translation is parsed right into it
};
int runImageCommand(ImageCommand command);

int runModelsList(bool json);
int runModelsInspect(const std::string& model, bool json);
int runModelsVerify(const std::string& model, bool json, bool quiet);
int runModelsImport(const std::string& file, const std::string& name, bool json, bool quiet);
int runModelsRemove(const std::string& name, bool yes, bool json);
int runTokenize(const std::string& model, const std::string& text);
int runDiff(const std::string& a, const std::string& b, const std::string& mask);
int runBench(const std::vector<std::string>& rows, const std::string& arch, int size, int steps, const std::string& model,
             int threads, bool json);
int runVersion(bool json);

} // namespace pentimento
