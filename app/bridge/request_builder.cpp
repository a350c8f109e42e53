// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/request_builder.h"

#include "app/bridge/image_convert.h"

#include "inference/api/picture_file.h"

#include <QPainter>

namespace pentimento {
namespace {

const QSize thumbnailSize(88, 60);

QImage thumbnailOf(const QImage& base, const QImage& shown)
{
    // Converted in place, what was RGBA would still be painted on as such: red and blue would change places.
    const QImage scaled = base.scaled(thumbnailSize, Qt::KeepAspectRatioByExpanding, Qt::SmoothTransformation);
    QImage small = scaled.convertToFormat(QImage::Format_ARGB32_Premultiplied);
    QPainter painter(&small);
    painter.drawImage(0, 0, shown.scaled(small.size(), Qt::IgnoreAspectRatio, Qt::SmoothTransformation));
    return small;
}

ControlSource toControlSource(ControlLook look)
{
    switch (look) {
    case ControlLook::Canny: return ControlSource::Canny;
    case ControlLook::Lineart: return ControlSource::Lineart;
    case ControlLook::Scribble: return ControlSource::Scribble;
    case ControlLook::Inpaint: return ControlSource::Inpaint;
    case ControlLook::Picture: break;
    }
    return ControlSource::Picture;
}

} // namespace

Mode toEngineMode(EditMode mode)
{
    switch (mode) {
    case EditMode::Fill: return Mode::Fill;
    case EditMode::Erase: return Mode::Erase;
    case EditMode::Refine: return Mode::Refine;
    }
    return Mode::Fill;
}

std::vector<LoraChoice> toLoraChoices(const QList<LoraWeight>& loras)
{
    std::vector<LoraChoice> choices;
    for (const LoraWeight& lora : loras)
        choices.push_back({lora.path.toStdString(), lora.weight});
    return choices;
}

Expected<std::vector<ControlChoice>> readControls(const QList<ControlSetting>& controls)
{
    std::vector<ControlChoice> choices;
    for (const ControlSetting& control : controls) {
        ControlChoice choice;
        choice.model = control.model.toStdString();
        choice.source = toControlSource(control.look);
        choice.scale = control.scale;
        choice.start = control.start / 100.0;
        choice.end = control.end / 100.0;
        if (control.look == ControlLook::Picture) {
            Expected<Picture> read = readPicture(control.picture.toStdString());
            if (const auto* error = std::get_if<Error>(&read))
                return *error;
            choice.image = std::get<Picture>(std::move(read)).image;
        }
        choices.push_back(std::move(choice));
    }
    return choices;
}

Request buildRequest(const EditRequest& edit)
{
    Request request;
    request.mode = toEngineMode(edit.mode);
    request.image = toEngineImage(edit.document.picture);
    request.mask = toEngineImage(edit.document.mask.toImage());
    request.model = edit.modelPath.toStdString();
    if (edit.mode != EditMode::Erase) // Erase continues the surroundings and takes no words
        request.prompt = edit.prompt.toStdString();
    request.negativePrompt = edit.negativePrompt.toStdString();
    request.loras = toLoraChoices(edit.loras);
    request.steps = edit.numbers.steps;
    request.guidance = edit.numbers.guidance;
    request.strength = edit.numbers.strength;
    request.scheduler = edit.numbers.scheduler.toStdString();
    request.seed = edit.seed;
    request.edit.grow = edit.grow;
    request.edit.feather = edit.feather;
    return request;
}

PlanView toPlanView(const EditPlan& plan)
{
    return {toQtRect(plan.crop),  {plan.working.width, plan.working.height}, plan.grow, plan.feather, plan.rim,
            toQtImage(plan.paste)};
}

JobVariant toJobVariant(const Variant& variant, const QImage& picture)
{
    JobVariant result;
    result.rect = toQtRect(variant.patch.rect);
    result.pixels = toQtImage(variant.patch.pixels);
    result.alpha = toQtImage(variant.patch.alpha);
    result.shown = seenThrough(result.pixels, result.alpha, result.rect.size());
    result.shownPyramid = PicturePyramid(result.shown);
    result.base = picture.copy(result.rect);
    result.thumbnail = thumbnailOf(result.base, result.shown);
    result.seed = variant.seed;
    return result;
}

} // namespace pentimento
