// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/edit_preview.h"

#include "app/bridge/error_text.h"
#include "app/bridge/image_convert.h"
#include "app/bridge/request_builder.h"

#include "inference/api/control_picture.h"
#include "inference/api/edit_plan.h"

namespace pentimento {
namespace {

Expected<EditPlan> planOf(const Request& request, const WorkingSizes& sizes)
{
    return planEdit(request.image.size(), request.mask, request.edit, request.strength.value_or(1.0), sizes);
}

/// The whole picture at the size that the model would work it at, nothing masked.
Expected<EditPlan> wholePlan(Request request, const WorkingSizes& sizes)
{
    QImage onePixel(request.image.width, request.image.height, QImage::Format_Grayscale8);
    onePixel.fill(Qt::black); // a plan needs a mask; without a crop it does not matter which
    onePixel.setPixelColor(0, 0, Qt::white);
    request.mask = toEngineImage(onePixel);
    request.edit.crop.kind = CropKind::None;
    Expected<EditPlan> plan = planOf(request, sizes);
    if (auto* whole = std::get_if<EditPlan>(&plan))
        whole->denoise = {};
    return plan;
}

} // namespace

std::optional<PlanView> planFor(const EditRequest& edit)
{
    const Request request = buildRequest(edit);
    const Expected<EditPlan> plan = planOf(request, edit.sizes);
    const auto* planned = std::get_if<EditPlan>(&plan);
    return planned ? std::optional(toPlanView(*planned)) : std::nullopt;
}

std::variant<PatchOverlay, ErrorText> controlView(const EditRequest& edit, const ControlSetting& control)
{
    const auto controls = readControls({control});
    if (const auto* error = std::get_if<Error>(&controls))
        return toErrorText(*error);
    const Request request = buildRequest(edit);
    Expected<EditPlan> planned = planOf(request, edit.sizes);
    if (std::holds_alternative<Error>(planned)) // nothing is painted
        planned = wholePlan(request, edit.sizes);
    if (const auto* error = std::get_if<Error>(&planned))
        return toErrorText(*error);
    const EditPlan& plan = std::get<EditPlan>(planned);
    const auto seen = controlPicture(std::get<std::vector<ControlChoice>>(controls).front(), request.image, plan.denoise,
                                     plan.crop, plan.working);
    if (const auto* error = std::get_if<Error>(&seen))
        return toErrorText(*error);
    PatchOverlay view;
    view.rect = toQtRect(plan.crop);
    view.image = toQtImage(std::get<Image>(seen)).convertToFormat(QImage::Format_ARGB32_Premultiplied);
    view.pyramid = PicturePyramid(view.image);
    return view;
}

} // namespace pentimento
