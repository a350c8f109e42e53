// SPDX-License-Identifier: Apache-2.0
#include "inference/core/control_check.h"

#include "inference/api/error.h"

namespace pentimento {

void checkControlValues(const ControlChoice& control)
{
    // Written so that what is no number is out of range too.
    if (!(control.scale >= 0 && control.scale <= 10))
        throw Exception(ErrorCode::Usage, "the scale of a ControlNet is out of range", "control_scale", "give 0 to 10");
    if (!(control.start >= 0 && control.start < control.end && control.end <= 1))
        throw Exception(ErrorCode::Usage, "the part of the run in which a ControlNet steers is empty or out of range",
                        "control_start", "give 0 <= start < end <= 1");
}

void checkControls(const Request& request)
{
    for (const ControlChoice& control : request.controls) {
        checkControlValues(control);
        if (control.source == ControlSource::Inpaint && request.task != Task::Inpaint)
            throw Exception(ErrorCode::Usage, "there is no mask that could be marked for a ControlNet", "control",
                            "choose another source");
        const bool needsOwn = control.source == ControlSource::Picture || request.task == Task::Generate;
        if (needsOwn && control.image.empty())
            throw Exception(ErrorCode::BadInput, "there is no control picture", "control", "give one");
    }
}

} // namespace pentimento
