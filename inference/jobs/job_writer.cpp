// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/job_writer.h"

#include "inference/api/picture_file.h"
#include "inference/core/base64.h"
#include "inference/io/model_name.h"
#include "inference/jobs/control_values.h"
#include "inference/jobs/request_values.h"

#include <spdlog/fmt/fmt.h>

namespace pentimento {
namespace {

std::string base64Of(const Image& image)
{
    Picture picture;
    picture.image = image;
    WriteOptions options;
    options.pngLevel = 1; // it is read once and thrown away
    return toBase64(unwrap(encodePicture(picture, options)));
}

const char* operationOf(Task task)
{
    return task == Task::Inpaint ? "ImageInpaint" : task == Task::Transform ? "ImageTransform" : "ImageGeneration";
}

void writeEdit(const EditOptions& edit, Json& json)
{
    if (edit.crop.kind == CropKind::None)
        json["crop"] = "none";
    else if (edit.crop.kind == CropKind::Exact)
        json["crop"] = {edit.crop.rect.x, edit.crop.rect.y, edit.crop.rect.width, edit.crop.rect.height};
    const auto optional = [&](const char* key, const std::optional<int>& value) {
        if (value)
            json[key] = *value;
    };
    optional("padding", edit.padding);
    optional("grow", edit.grow);
    optional("feather", edit.feather);
    if (edit.size)
        json["size"] =
            edit.size->height == 0 ? std::to_string(edit.size->width) : fmt::format("{}x{}", edit.size->width, edit.size->height);
    json["soft_mask"] = edit.softMask;
    json["color_match"] = edit.colorMatch;
}

void writeControls(const std::vector<ControlChoice>& controls, Json& json)
{
    for (const ControlChoice& control : controls) {
        const std::string source = controlSourceName(control.source);
        const std::string picture = control.image.empty() ? std::string() : base64Of(control.image);
        json["control"].push_back(source + (source.empty() || picture.empty() ? "" : ":") + picture);
        json["control_model"].push_back(modelName(control.model));
        json["control_scale"].push_back(control.scale);
        json["control_start"].push_back(control.start);
        json["control_end"].push_back(control.end);
    }
}

} // namespace

Json jobJson(const Request& request)
{
    if (!request.dump.empty())
        throw Exception(ErrorCode::Unsupported, "a server writes no files", "dump", "run it on this machine");
    if (!request.vae.empty())
        throw Exception(ErrorCode::Unsupported, "a server runs its models with their own VAE", "vae", "run it on this machine");
    if (!request.steps || !request.guidance)
        throw Exception(ErrorCode::Internal, "a job without steps or guidance");
    Json json = {{"operation", operationOf(request.task)},
                 {"mode", modeName(request.mode)},
                 {"prompt", request.prompt},
                 {"negative_prompt", request.negativePrompt},
                 {"require_inpaint_model", request.requireInpaintModel},
                 {"steps", *request.steps},
                 {"guidance", *request.guidance},
                 {"seed", request.seed},
                 {"batch", request.batch},
                 {"eta", request.eta},
                 {"prefill", prefillName(request.prefill)},
                 {"device", request.device},
                 {"dtype", request.dtype},
                 {"threads", request.threads},
                 {"preview_every", request.previewEvery},
                 {"reference", request.reference}};
    if (!request.model.empty())
        json["model"] = modelName(request.model);
    for (const LoraChoice& lora : request.loras)
        json["lora"].push_back(fmt::format("{}:{}", lora.path.stem().string(), lora.weight));
    if (request.strength)
        json["strength"] = *request.strength;
    if (request.clipSkip)
        json["clip_skip"] = *request.clipSkip;
    if (!request.scheduler.empty())
        json["scheduler"] = request.scheduler;
    writeEdit(request.edit, json);
    writeControls(request.controls, json);
    if (request.task != Task::Generate)
        json["init_image"] = base64Of(request.image);
    if (request.task == Task::Inpaint)
        json["mask_image"] = base64Of(request.mask);
    return json;
}

} // namespace pentimento
