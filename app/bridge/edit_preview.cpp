// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/edit_preview.h"

#include "app/bridge/error_text.h"
#include "app/bridge/image_convert.h"
#include "app/bridge/request_builder.h"

#include "inference/api/control_picture.h"
#include "inference/api/edit_plan.h"
#include "inference/api/model_info.h"

namespace pentimento {
namespace {

constexpr int unknownWorkingSide = 512; // of a server's model

std::optional<ModelInfo> modelOf(const Request& request)
{
    auto info = inspectModel(request.model);
    return std::holds_alternative<ModelInfo>(info) ? std::optional(std::get<ModelInfo>(std::move(info))) : std::nullopt;
}

std::optional<EditPlan> planOf(const Request& request, const std::optional<ModelInfo>& model)
{
    if (!model)
        return std::nullopt;
    auto plan = planEdit(request.image.size(), request.mask, request.edit, request.mode, request.strength.value_or(1.0), *model);
    return std::holds_alternative<EditPlan>(plan) ? std::optional(std::get<EditPlan>(std::move(plan))) : std::nullopt;
}

/// The whole picture at the size that the model would work it at, nothing masked.
EditPlan wholePlan(Request request, const std::optional<ModelInfo>& model)
{
    const QSize whole(request.image.width, request.image.height);
    QImage onePixel(whole, QImage::Format_Grayscale8); // a plan needs a mask; without a crop it does not matter which
    onePixel.fill(Qt::black);
    onePixel.setPixelColor(0, 0, Qt::white);
    request.mask = toEngineImage(onePixel);
    request.edit.crop.kind = CropKind::None;
    if (std::optional<EditPlan> plan = planOf(request, model)) {
        plan->denoise = {};
        return *std::move(plan);
    }
    const QSize fitted = whole.scaled(unknownWorkingSide, unknownWorkingSide, Qt::KeepAspectRatio).expandedTo({1, 1});
    EditPlan plan;
    plan.crop = {0, 0, whole.width(), whole.height()};
    plan.working = {fitted.width(), fitted.height()};
    return plan;
}

} // namespace

std::optional<PlanView> planFor(const EditRequest& edit)
{
    const Request request = buildRequest(edit);
    const std::optional<EditPlan> plan = planOf(request, modelOf(request));
    return plan ? std::optional(toPlanView(*plan)) : std::nullopt;
}

std::variant<PatchOverlay, ErrorText> controlView(const EditRequest& edit, const ControlSetting& control)
{
    const auto controls = readControls({control});
    if (const auto* error = std::get_if<Error>(&controls))
        return toErrorText(*error);
    const Request request = buildRequest(edit);
    const std::optional<ModelInfo> model = modelOf(request);
    std::optional<EditPlan> plan = planOf(request, model);
    if (!plan)
        plan = wholePlan(request, model);
    const auto seen = controlPicture(std::get<std::vector<ControlChoice>>(controls).front(), request.image, plan->denoise,
                                     plan->crop, plan->working);
    if (const auto* error = std::get_if<Error>(&seen))
        return toErrorText(*error);
    PatchOverlay view;
    view.rect = toQtRect(plan->crop);
    view.image = toQtImage(std::get<Image>(seen)).convertToFormat(QImage::Format_ARGB32_Premultiplied);
    view.pyramid = PicturePyramid(view.image);
    return view;
}

} // namespace pentimento
