// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "inference/api/control_net_info.h"
#include "inference/api/picture_file.h"
#include "inference/core/control_check.h"

#include <algorithm>

namespace pentimento {
namespace {

/// One value for each control, or none at all.
void checkCount(std::size_t count, std::size_t controls, const char* option)
{
    if (count != 0 && count != controls)
        throw Exception(ErrorCode::Usage,
                        std::to_string(count) + " of this option for " + std::to_string(controls) + " of --control", option,
                        "give one for each --control, in the same order");
}

/// SOURCE or SOURCE:FILE, else a file.
void readSource(const std::string& text, ControlChoice& control)
{
    std::string file = text;
    const auto take = [&](const std::string& word, ControlSource source) {
        if (text != word && !text.starts_with(word + ":"))
            return;
        control.source = source;
        file = text.substr(std::min(text.size(), word.size() + 1));
    };
    take("canny", ControlSource::Canny);
    take("lineart", ControlSource::Lineart);
    take("scribble", ControlSource::Scribble);
    take("inpaint", ControlSource::Inpaint);
    if (!file.empty() || control.source == ControlSource::Picture)
        control.image = unwrap(readPicture(std::filesystem::path(file))).image;
}

/// The option has the key's name, with other strokes.
void checkValues(const ControlChoice& control)
{
    try {
        checkControlValues(control);
    } catch (const Exception& e) {
        Error error = e.error();
        std::replace(error.where.begin(), error.where.end(), '_', '-');
        error.where.insert(0, "--");
        throw Exception(std::move(error));
    }
}

} // namespace

std::vector<ControlChoice> readControls(const ControlOptions& options)
{
    const std::size_t count = options.sources.size();
    if (options.models.size() != count)
        throw Exception(ErrorCode::Usage,
                        std::to_string(count) + " of --control, " + std::to_string(options.models.size()) + " of --control-model",
                        "--control-model", "give one for each --control, in the same order");
    checkCount(options.scales.size(), count, "--control-scale");
    checkCount(options.starts.size(), count, "--control-start");
    checkCount(options.ends.size(), count, "--control-end");
    std::vector<ControlChoice> controls(count);
    for (std::size_t i = 0; i < count; ++i) {
        controls[i].model = unwrap(resolveControlNet(options.models[i]));
        readSource(options.sources[i], controls[i]);
        if (!options.scales.empty())
            controls[i].scale = options.scales[i];
        if (!options.starts.empty())
            controls[i].start = options.starts[i];
        if (!options.ends.empty())
            controls[i].end = options.ends[i];
        checkValues(controls[i]);
    }
    return controls;
}

} // namespace pentimento
