// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include "inference/api/edit_plan.h"
#include "inference/api/engine.h"

namespace pentimento {

/// The engine's request for what the window asks; copies the mask out of its tiles, so not on the window's thread.
Request buildRequest(const EditRequest& edit);
Mode toEngineMode(EditMode mode);
PlanView toPlanView(const EditPlan& plan);
JobVariant toJobVariant(const Variant& variant);

} // namespace pentimento
