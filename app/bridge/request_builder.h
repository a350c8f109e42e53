// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include "inference/api/edit_plan.h"
#include "inference/api/engine.h"

namespace pentimento {

/// The engine's request for what the window asks, without its controls; copies the mask out of its tiles, so not on the
/// window's thread.
Request buildRequest(const EditRequest& edit);
/// Its controls. Reads their picture files: not on the window's thread. Errors name the file.
Expected<std::vector<ControlChoice>> readControls(const QList<ControlSetting>& controls);
std::vector<LoraChoice> toLoraChoices(const QList<LoraWeight>& loras);
Mode toEngineMode(EditMode mode);
PlanView toPlanView(const EditPlan& plan);
/// With all that is shown of it, made from the picture that its run saw; not on the window's thread.
JobVariant toJobVariant(const Variant& variant, const QImage& picture);

} // namespace pentimento
