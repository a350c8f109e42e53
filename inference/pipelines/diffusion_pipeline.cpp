// SPDX-License-Identifier: Apache-2.0
#include "inference/pipelines/diffusion_pipeline.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

at::Tensor randn(at::IntArrayRef shape, at::Generator& generator)
{
    return at::randn(shape, generator, at::TensorOptions().dtype(at::kFloat));
}

/// Latents of a picture as the UNet sees them: the posterior's mode, or under `sampled` a draw from it.
at::Tensor encodePicture(const AutoencoderKL& vae, const at::Tensor& picture, bool sampled, at::Generator& generator,
                         const ForwardContext& context)
{
    const DiagonalGaussian posterior = vae.encode(picture, context);
    const at::Tensor latents =
        sampled ? posterior.mean + at::exp(0.5 * posterior.logvar) * randn(posterior.mean.sizes(), generator) : posterior.mean;
    return (latents - vae.config().shiftFactor) * vae.config().scalingFactor;
}

void keep(Trace* trace, const char* name, const at::Tensor& value)
{
    if (trace)
        (*trace)[name] = value.contiguous().clone();
}

struct Conditioning {
    UNetConditions conditions; ///< of (negative, positive) x batch, or positive x batch
    bool guided = false;
};

Conditioning encodePrompts(const DiffusionModel& model, const DiffusionInputs& inputs, const DiffusionSettings& settings,
                           const ForwardContext& context, Trace* trace)
{
    TextRules rules = model.textRules;
    rules.clipSkip = settings.clipSkip;
    const EncodedPrompt positive = encodePrompt(model.textEncoders, inputs.prompt, rules, context);
    keep(trace, "tokens.ids", inputs.prompt.ids.front());
    keep(trace, "text.embeds", positive.text);
    // A model that takes the guidance as an input runs without the unconditional half.
    const bool guided = settings.guidance > 1 && model.unet.config().timeCondProjDim == 0;
    std::vector<EncodedPrompt> prompts{positive};
    if (guided) {
        EncodedPrompt negative = encodePrompt(model.textEncoders, inputs.negative, rules, context);
        if (rules.zeroEmptyNegative && inputs.negative.empty)
            negative = {at::zeros_like(negative.text), at::zeros_like(negative.pooled)};
        keep(trace, "tokens.negative_ids", inputs.negative.ids.front());
        keep(trace, "text.negative_embeds", negative.text);
        prompts.insert(prompts.begin(), negative);
    }
    std::vector<at::Tensor> text, pooled, ids;
    for (const EncodedPrompt& prompt : prompts) {
        text.push_back(prompt.text.expand({settings.batch, -1, -1}));
        if (!rules.pooled)
            continue;
        pooled.push_back(prompt.pooled.expand({settings.batch, -1}));
        const bool negative = guided && pooled.size() == 1;
        ids.push_back(timeIds(inputs.height(), inputs.width(), rules, negative).expand({settings.batch, -1}));
    }
    UNetConditions conditions;
    conditions.text = at::cat(text);
    if (rules.pooled) {
        conditions.pooled = at::cat(pooled);
        conditions.timeIds = at::cat(ids);
    }
    conditions.guidance = settings.guidance;
    return {std::move(conditions), guided};
}

/// What the loop starts from and keeps to, all at the latents' size.
struct PreparedLatents {
    at::Tensor start;
    at::Tensor noise;
    at::Tensor known;      ///< the picture's, restored outside the mask by 4-channel models; undefined: nothing is
    at::Tensor blendMask;  ///< in 0..1, where `known` is defined
    at::Tensor fixedInput; ///< mask and masked picture, the part of a 9-channel input that never changes
};

/// The order of the draws from the generator is part of the result: picture, noise, masked picture, steps.
PreparedLatents prepareLatents(const DiffusionModel& model, Scheduler& scheduler, const DiffusionInputs& inputs,
                               const DiffusionSettings& settings, std::size_t first, at::Generator& generator,
                               const ForwardContext& context, Trace* trace)
{
    const AutoencoderKL& vae = model.vae;
    const std::int64_t factor = vae.config().factor(), channels = vae.config().latentChannels;
    const std::int64_t height = inputs.height() / factor, width = inputs.width() / factor;
    const bool masks = inputs.mask.defined(), nineChannels = model.unet.config().inChannels != channels;
    const bool blending = masks && !nineChannels;
    const bool startsFromPicture = inputs.picture.defined() && (settings.strength < 1 || !masks);
    const auto encoded = [&](const at::Tensor& picture) {
        return encodePicture(vae, picture, settings.reference, generator, context);
    };

    PreparedLatents latents;
    if (blending)
        latents.known = encoded(inputs.picture);
    at::Tensor start;
    if (startsFromPicture)
        start = blending && inputs.start.is_same(inputs.picture) ? latents.known : encoded(inputs.start);
    latents.noise = randn({settings.batch, channels, height, width}, generator);
    const at::Tensor mask = masks ? maskToLatents(inputs.mask, factor, settings.nearestMask) : at::ones({1, 1, height, width});
    if (nineChannels || (masks && settings.reference)) {
        const at::Tensor masked = inputs.masked.defined() ? inputs.masked
                                  : masks                 ? inputs.picture * (inputs.mask < 0.5)
                                                          : at::zeros({1, 3, inputs.height(), inputs.width()});
        const at::Tensor maskedLatents = encoded(masked);
        keep(trace, "masked_image_latents", maskedLatents);
        if (nineChannels)
            latents.fixedInput = at::cat({mask, maskedLatents}, 1);
    }
    if (blending)
        latents.blendMask =
            inputs.softMask.defined() && !settings.reference ? at::adaptive_avg_pool2d(inputs.softMask, {height, width}) : mask;
    latents.start =
        startsFromPicture ? scheduler.addNoise(start, latents.noise, first) : latents.noise * scheduler.initNoiseSigma();
    if (masks)
        keep(trace, "mask", mask);
    keep(trace, "noise", latents.noise);
    if (latents.known.defined() || start.defined())
        keep(trace, "image_latents", latents.known.defined() ? latents.known : start);
    return latents;
}

} // namespace

int effectiveSteps(int steps, double strength)
{
    return std::min(static_cast<int>(static_cast<double>(steps) * strength), steps);
}

int modelCalls(Scheduler& scheduler, int steps, double strength)
{
    const int runs = effectiveSteps(steps, strength);
    if (runs < 1)
        throw Exception(ErrorCode::Usage, "this strength leaves no step to run", "strength",
                        "raise the strength or the number of steps");
    scheduler.setTimesteps(steps);
    return static_cast<int>(scheduler.timesteps().size()) - (steps - runs) * scheduler.order();
}

at::Tensor maskToLatents(const at::Tensor& mask, std::int64_t factor, bool nearest)
{
    if (nearest)
        return at::upsample_nearest2d(mask, {mask.size(2) / factor, mask.size(3) / factor});
    return at::max_pool2d(mask, {factor, factor}, {factor, factor});
}

at::Tensor decodeLatents(const AutoencoderKL& vae, const at::Tensor& latents, const ForwardContext& context)
{
    const at::Tensor decoded = vae.decode(latents / vae.config().scalingFactor + vae.config().shiftFactor, context);
    return (decoded / 2 + 0.5).clamp(0, 1).contiguous();
}

at::Tensor diffuse(const DiffusionModel& model, Scheduler& scheduler, const DiffusionInputs& inputs,
                   const DiffusionSettings& settings, at::Generator& generator, const ForwardContext& context,
                   const std::function<void(const StepReport&)>& report, Trace* trace)
{
    const std::int64_t channels = model.unet.config().inChannels, latentChannels = model.vae.config().latentChannels;
    if (channels != latentChannels && channels != 2 * latentChannels + 1)
        throw Exception(ErrorCode::BadInput, "the UNet takes " + std::to_string(channels) + " channels and cannot inpaint", {},
                        "use a model with 4 or 9 input channels");
    const std::size_t calls = static_cast<std::size_t>(modelCalls(scheduler, settings.steps, settings.strength));
    const std::size_t last = scheduler.timesteps().size(), first = last - calls;

    const Conditioning conditioning = encodePrompts(model, inputs, settings, context, trace);
    const PreparedLatents prepared = prepareLatents(model, scheduler, inputs, settings, first, generator, context, trace);
    const EncodedContext encoded = model.unet.encodeContext(conditioning.conditions);
    const ControlGuidance controls(inputs.controls, conditioning.conditions, context);
    const std::int64_t evaluations = settings.batch * (conditioning.guided ? 2 : 1);
    const at::Tensor fixedInput =
        prepared.fixedInput.defined() ? prepared.fixedInput.expand({evaluations, -1, -1, -1}) : at::Tensor();

    at::Tensor latents = prepared.start;
    std::vector<at::Tensor> steps;
    for (std::size_t i = first; i < last; ++i) {
        context.poll();
        at::Tensor input = scheduler.scaleModelInput(latents, i);
        if (conditioning.guided)
            input = at::cat({input, input});
        const double timestep = scheduler.timesteps()[i];
        const std::optional<ControlResiduals> control = controls.residuals(input, timestep, i - first, calls, context);
        if (fixedInput.defined())
            input = at::cat({input, fixedInput}, 1);
        at::Tensor prediction = model.unet.forward(input, timestep, encoded, context, control ? &*control : nullptr).contiguous();
        if (conditioning.guided) {
            const std::vector<at::Tensor> halves = prediction.chunk(2);
            prediction = halves[0] + settings.guidance * (halves[1] - halves[0]);
        }
        const SchedulerStep step = scheduler.step(prediction, i, latents, generator);
        latents = step.sample;
        if (prepared.known.defined()) {
            const at::Tensor known = i + 1 < last ? scheduler.addNoise(prepared.known, prepared.noise, i + 1) : prepared.known;
            latents = (1 - prepared.blendMask) * known + prepared.blendMask * latents;
        }
        if (trace)
            steps.push_back(latents);
        if (report)
            report({static_cast<int>(i - first) + 1, static_cast<int>(last - first), step.denoised});
    }
    if (trace) {
        std::vector<double> timesteps(scheduler.timesteps().begin() + static_cast<std::ptrdiff_t>(first),
                                      scheduler.timesteps().end());
        (*trace)["timesteps"] = at::tensor(timesteps, at::kDouble);
        (*trace)["latents"] = at::cat(steps);
    }
    at::Tensor image = decodeLatents(model.vae, latents, context);
    keep(trace, "image", image);
    return image;
}

} // namespace pentimento
