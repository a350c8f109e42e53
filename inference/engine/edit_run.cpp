// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/edit_run.h"

#include "inference/edit/color_match.h"
#include "inference/edit/composite.h"
#include "inference/edit/grain_match.h"
#include "inference/edit/mask_edit.h"
#include "inference/edit/prefill.h"
#include "inference/edit/resample.h"
#include "inference/engine/control_inputs.h"
#include "inference/engine/prompt_tokens.h"
#include "inference/engine/tensor_planes.h"
#include "inference/engine/variant_run.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace {

/// Picture, hole and pre-fill at working size, as the pipeline takes them.
DiffusionInputs prepareInputs(const Request& request, const EditPlan& plan, const RunSettings& settings)
{
    DiffusionInputs inputs;
    inputs.picture = toTensor(cropToPlanes(request.image, plan.crop, plan.working)) * 2 - 1;
    inputs.mask = toTensor(resizedMask(plan.denoise, plan.working)).gt(0).to(at::kFloat);
    if (request.edit.softMask)
        inputs.softMask = at::adaptive_avg_pool2d(maskTensor(plan.denoise), {plan.working.height, plan.working.width});
    inputs.start = inputs.picture;
    if (settings.prefill == Prefill::None)
        return inputs;
    const auto fill = settings.prefill == Prefill::Neutral ? neutralFill : pullPush;
    inputs.masked = toTensor(fill(toPlanes(inputs.picture[0]), toPlanes(inputs.mask[0])));
    if (request.mode != Mode::Refine)
        inputs.start = inputs.masked;
    return inputs;
}

} // namespace

Result runEdit(const LoadedModel& model, const ControlNets::Networks& controls, const Request& request, EventSink& sink,
               const ForwardContext& context)
{
    const RunSettings settings = resolveSettings(request, model.info);
    std::unique_ptr<Scheduler> scheduler = schedulerFor(model, settings, request.eta, sink);
    Result result;
    result.plan =
        unwrap(planEdit(request.image.size(), request.mask, request.edit, request.mode, settings.diffusion.strength, model.info));
    result.model = model.info.name;
    result.steps = modelCalls(*scheduler, settings.diffusion.steps, settings.diffusion.strength);

    DiffusionInputs inputs = prepareInputs(request, result.plan, settings);
    addControls(request, controls, result.plan.crop, inputs);
    addPrompts(model, request, inputs, sink);
    const Planes picture = toPlanes((inputs.picture[0] + 1) / 2), hole = toPlanes(inputs.mask[0]);
    const int factor = static_cast<int>(model.networks.vae.config().factor());
    runVariants(model, request, settings, *scheduler, inputs, result, sink, context,
                [&](const at::Tensor& edited, std::uint64_t seed) {
                    Planes planes = toPlanes(edited[0]);
                    Planes grain;
                    if (request.edit.colorMatch) {
                        planes = colorMatched(planes, picture, hole, factor);
                        grain = matchingGrain(request.image, result.plan, planes, seed);
                    }
                    result.variants.push_back({makePatch(request.image, result.plan, planes, grain), seed});
                });
    return result;
}

} // namespace pentimento
