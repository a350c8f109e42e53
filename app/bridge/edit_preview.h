// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"
#include "widgets/canvas/canvas_scene.h"

#include <optional>
#include <variant>

/// What a run would do and look at, before it runs. Works through whole pictures: off the window's thread.
namespace pentimento {

/// What planEdit says; nothing where it refuses.
std::optional<PlanView> planFor(const EditRequest& edit);

/// What the network of `control` would see, to be laid over the picture: the run's crop at working size; the whole picture
/// where there is no plan, at the size the model would work it at. Reads the control's picture file.
std::variant<PatchOverlay, ErrorText> controlView(const EditRequest& edit, const ControlSetting& control);

} // namespace pentimento
