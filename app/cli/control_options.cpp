// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "inference/api/control_net_info.h"
#include "inference/api/picture_file.h"
#include "inference/jobs/control_values.h"

#include <algorithm>

namespace pentimento {
namespace {

/// The option has the key's name, with other strokes.
ValuePlace optionOf(std::string key)
{
    std::replace(key.begin(), key.end(), '_', '-');
    return {"--" + key};
}

ControlChoice readControl(std::string text)
{
    ControlChoice control;
    control.source = takeControlSource(text);
    if (!text.empty() || control.source == ControlSource::Picture)
        control.image = unwrap(readPicture(std::filesystem::path(text))).image;
    return control;
}

} // namespace

std::vector<ControlChoice> readControls(const ControlOptions& options)
{
    checkControlCounts(options.sources.size(), options.models.size(), options.numbers, optionOf);
    std::vector<ControlChoice> controls;
    for (std::size_t i = 0; i < options.sources.size(); ++i) {
        const std::filesystem::path model = unwrap(resolveControlNet(options.models[i]));
        controls.push_back(readControl(options.sources[i]));
        controls.back().model = model;
    }
    applyControlNumbers(controls, options.numbers, optionOf);
    return controls;
}

} // namespace pentimento
