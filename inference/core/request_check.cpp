// SPDX-License-Identifier: Apache-2.0
#include "inference/core/request_check.h"

#include "inference/api/error.h"
#include "inference/api/scheduler_names.h"
#include "inference/core/control_check.h"

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

template <typename Number>
void requireRange(Number value, Number low, Number high, const char* what, const char* name, const char* remedy)
{
    if (!(value >= low && value <= high)) // not a number is out of range too
        throw Exception(ErrorCode::Usage, what, name, remedy);
}

void refuseLater(const std::string& what, const char* name, const char* remedy)
{
    throw Exception(ErrorCode::Unsupported, what + " is not available in this version", name, remedy);
}

} // namespace

void checkRequestValues(const Request& request)
{
    requireRange(request.steps.value_or(1), 1, 1000, "the number of steps is out of range", "steps", "give 1 to 1000");
    requireRange(request.guidance.value_or(1), 0.0, 100.0, "the guidance is out of range", "guidance", "give 0 to 100");
    requireRange(request.strength.value_or(1), std::nextafter(0.0, 1.0), 1.0, "the strength is out of range", "strength",
                 "give more than 0 and at most 1");
    requireRange(request.eta, 0.0, 1.0, "eta is out of range", "eta", "give 0 to 1");
    requireRange(request.batch, 1, 64, "the batch is out of range", "batch", "give 1 to 64");
    requireRange(request.threads, 0, 1024, "the number of threads is out of range", "threads", "give 0 (all) to 1024");
    requireRange(request.previewEvery, 0, 1000, "the interval is out of range", "preview_every", "give 0 to 1000");
    requireRange(request.clipSkip.value_or(0), 0, 64, "the number of layers is out of range", "clip_skip", "give 0 to 64");
    if (const std::string& name = request.scheduler;
        !name.empty() && std::find(schedulerNames.begin(), schedulerNames.end(), name) == schedulerNames.end())
        throw Exception(ErrorCode::Usage, "there is no scheduler \"" + name + "\"", "scheduler",
                        "give one of " + schedulerNameList());
    if (request.device != "auto" && request.device != "cpu")
        refuseLater("the device \"" + request.device + "\"", "device", "use auto or cpu");
    if (request.dtype != "auto" && request.dtype != "float32")
        refuseLater("the type \"" + request.dtype + "\"", "dtype", "use auto or float32");
    if (request.mode == Mode::Expand)
        refuseLater("the mode \"expand\"", "mode", "use fill, erase or refine");
}

void checkRequest(const Request& request)
{
    if (request.task != Task::Generate && request.image.empty())
        throw Exception(ErrorCode::BadInput, "there is no picture", "image", "open one");
    if (request.task == Task::Inpaint && (request.mask.empty() || request.mask.channels != 1 || request.mask.bits != 8))
        throw Exception(ErrorCode::BadInput, "there is no mask", "mask", "paint over what should change");
    checkRequestValues(request);
    checkControls(request);
}

} // namespace pentimento
