// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/picture_run.h"

#include "inference/edit/composite.h"
#include "inference/edit/resample.h"
#include "inference/engine/control_inputs.h"
#include "inference/engine/prompt_tokens.h"
#include "inference/engine/tensor_planes.h"
#include "inference/engine/variant_run.h"

#include <ATen/ATen.h>

#include <cstring>

namespace pentimento {
namespace {

Image whiteMask(Size size)
{
    ImageBuffer mask(size.width, size.height, 1);
    std::memset(mask.data.get(), 255, mask.stride * static_cast<std::size_t>(size.height));
    return std::move(mask).share();
}

Patch wholePatch(const at::Tensor& picture)
{
    const Image pixels = imageFromTensor(picture);
    return {{0, 0, pixels.width, pixels.height}, pixels, whiteMask(pixels.size())};
}

/// The size to work at where no crop decides: the request's or the model's own, sides multiples of `multiple`.
Size wholeSize(const Request& request, const ModelInfo& model, int multiple)
{
    Size size = request.edit.size.value_or(Size{model.nativeSize, model.nativeSize});
    if (size.height == 0)
        size.height = size.width;
    if (size.width % multiple != 0 || size.height % multiple != 0 || size.empty() || size.width > 8192 || size.height > 8192)
        throw Exception(ErrorCode::Usage, "the sides are no multiples of " + std::to_string(multiple) + " from that to 8192",
                        "size", "round them up");
    return size;
}

Result begun(const LoadedModel& model, const RunSettings& settings, Scheduler& scheduler, EditPlan plan)
{
    Result result;
    result.model = model.info.name;
    result.steps = modelCalls(scheduler, settings.diffusion.steps, settings.diffusion.strength);
    result.plan = std::move(plan);
    return result;
}

EditPlan wholePlan(Size size)
{
    EditPlan plan;
    plan.painted = plan.crop = {0, 0, size.width, size.height};
    plan.working = size;
    return plan;
}

EditPlan transformPlan(const Request& request, const RunSettings& settings, const ModelInfo& model)
{
    EditOptions options;
    options.crop.kind = CropKind::None;
    options.grow = options.feather = 0;
    options.size = request.edit.size;
    return unwrap(planEdit(request.image.size(), whiteMask(request.image.size()), options, request.mode,
                           settings.diffusion.strength, model));
}

} // namespace

Result runTransform(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
                    const ForwardContext& context)
{
    const RunSettings settings = resolveSettings(request, model.info);
    const std::unique_ptr<Scheduler> scheduler = schedulerFor(model, settings, request.eta, sink);
    Result result = begun(model, settings, *scheduler, transformPlan(request, settings, model.info));
    DiffusionInputs inputs;
    inputs.picture = toTensor(cropToPlanes(request.image, result.plan.crop, result.plan.working)) * 2 - 1;
    inputs.start = inputs.picture;
    addControls(request, controls, result.plan.crop, inputs);
    addPrompts(model, request, inputs, sink);
    runVariants(model, request, settings, *scheduler, inputs, result, sink, context,
                [&](const at::Tensor& picture, std::uint64_t seed) {
                    result.variants.push_back({makePatch(request.image, result.plan, toPlanes(picture[0])), seed});
                });
    return result;
}

Result runGenerate(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
                   const ForwardContext& context)
{
    RunSettings settings = resolveSettings(request, model.info);
    settings.diffusion.strength = 1;
    const std::unique_ptr<Scheduler> scheduler = schedulerFor(model, settings, request.eta, sink);
    DiffusionInputs inputs;
    inputs.size = wholeSize(request, model.info, model.info.vaeFactor << model.info.unetDownsamplings);
    addControls(request, controls, wholePlan(inputs.size).crop, inputs);
    addPrompts(model, request, inputs, sink);
    Result result = begun(model, settings, *scheduler, wholePlan(inputs.size));
    runVariants(model, request, settings, *scheduler, inputs, result, sink, context,
                [&](const at::Tensor& picture, std::uint64_t seed) {
                    result.variants.push_back({wholePatch(picture), seed});
                });
    return result;
}

Result runReference(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
                    const ForwardContext& context)
{
    if (request.task != Task::Inpaint && model.info.inpaintModel())
        throw Exception(ErrorCode::BadInput, "diffusers runs no inpainting model in this task", model.info.name,
                        "choose a model of 4 channels or leave out --reference");
    RunSettings settings = resolveSettings(request, model.info);
    settings.diffusion.batch = request.batch;
    const std::unique_ptr<Scheduler> scheduler = schedulerFor(model, settings, request.eta, sink);
    const Size size = wholeSize(request, model.info, static_cast<int>(model.networks.vae.config().factor()));
    DiffusionInputs inputs;
    inputs.size = size;
    const auto resizedWhole = [&](const Image& image) {
        return toTensor(cropToPlanes(image, {0, 0, image.width, image.height}, size));
    };
    if (request.task == Task::Generate)
        settings.diffusion.strength = 1;
    else
        inputs.picture = inputs.start = resizedWhole(request.image) * 2 - 1;
    if (request.task == Task::Inpaint)
        inputs.mask = resizedWhole(request.mask).narrow(1, 0, 1).ge(0.5).to(at::kFloat);
    const Rect whole = request.image.empty() ? wholePlan(size).crop : Rect{0, 0, request.image.width, request.image.height};
    addControls(request, controls, whole, inputs);
    addPrompts(model, request, inputs, sink);
    Result result = begun(model, settings, *scheduler, wholePlan(size));
    runVariants(model, request, settings, *scheduler, inputs, result, sink, context,
                [&](const at::Tensor& picture, std::uint64_t seed) {
                    result.variants.push_back({wholePatch(picture), seed});
                });
    return result;
}

} // namespace pentimento
