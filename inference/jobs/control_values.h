// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/jobs/request_values.h"

#include <functional>
#include <string>
#include <vector>

/// ControlNets as people write them: lists of values that belong together by order. Any thread.
namespace pentimento {

/// What goes with each control: as many of a kind as there are controls, or none.
struct ControlNumbers {
    std::vector<double> scales, starts, ends;
};

/// Where the values of a job's key stand: "control_scale" -> "--control-scale" or "jobs[3].control_scale".
using PlaceOfKey = std::function<ValuePlace(const std::string& key)>;

/// Takes "canny", "lineart", "scribble" or "inpaint" off the front of "canny:REST", or all of "canny"; of anything else it
/// is the picture itself.
ControlSource takeControlSource(std::string& text);
/// The front that is taken off; empty for the picture itself.
std::string controlSourceName(ControlSource source);

/// Throws Exception as the place says when there are not as many of each as controls.
void checkControlCounts(std::size_t controls, std::size_t models, const ControlNumbers& numbers, const PlaceOfKey& placeOf);

/// Gives each control its numbers and checks their ranges. Throws Exception as the place says.
void applyControlNumbers(std::vector<ControlChoice>& controls, const ControlNumbers& numbers, const PlaceOfKey& placeOf);

} // namespace pentimento
