// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"
#include "inference/models/autoencoder_kl.h"
#include "inference/pipelines/control_guidance.h"
#include "inference/pipelines/text_conditioning.h"
#include "inference/schedulers/scheduler.h"

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pentimento {

/// The networks of one model, all in `dtype`.
struct DiffusionModel {
    std::vector<CLIPTextModel> textEncoders;
    TextRules textRules;
    UNet2DConditionModel unet;
    AutoencoderKL vae;
};

struct DiffusionSettings {
    int steps = 25;
    double guidance = 7.0; ///< <= 1 skips the unconditional half
    double strength = 1.0; ///< 0..1; below 1 the run starts from `start`
    int batch = 1;
    bool reference = false;   ///< sampled posteriors, drawn exactly as diffusers' StableDiffusionInpaintPipeline
    bool nearestMask = false; ///< reduce the mask to latents by nearest neighbour, as diffusers
    std::optional<int> clipSkip = {};
};

/// What the pipeline works on, at working size; all float32. Picture and mask: inpainting. A picture alone: image to image,
/// always begun from `start`. Neither: text to image, of `size`.
struct DiffusionInputs {
    at::Tensor picture;  ///< (1, 3, h, w) in -1..1, the original: restored outside the mask by 4-channel models
    at::Tensor start;    ///< (1, 3, h, w): what a run with strength below 1 starts from
    at::Tensor masked;   ///< (1, 3, h, w): picture with its hole pre-filled; undefined: grey in the hole
    at::Tensor mask;     ///< (1, 1, h, w) in {0, 1}: 1 is repainted
    at::Tensor softMask; ///< (1, 1, h, w) in 0..1 for 4-channel blending; undefined: mask
    Size size;           ///< read without a picture; multiples of the autoencoder's factor
    PromptTokens prompt;
    PromptTokens negative;              ///< as many chunks as prompt
    std::vector<ControlInput> controls; ///< of the model's family
    std::int64_t height() const { return picture.defined() ? picture.size(2) : size.height; }
    std::int64_t width() const { return picture.defined() ? picture.size(3) : size.width; }
};

/// Called by the loop. `denoised`: scaled x0 estimate of the whole batch.
struct StepReport {
    int step = 0; ///< finished model calls
    int steps = 0;
    at::Tensor denoised;
};

/// Named intermediate values for --dump and the parity tests.
using Trace = std::map<std::string, at::Tensor>;

/// Number of steps that really run: min(int(steps * strength), steps), as diffusers.
int effectiveSteps(int steps, double strength);

/// Calls of the model that such a run makes; some schedulers look more than once per step. Lays out the scheduler's run.
/// Throws Exception(Usage) if there is none, or more steps than the scheduler can do.
int modelCalls(Scheduler& scheduler, int steps, double strength);

/// Latent cells to repaint, (1, 1, h / factor, w / factor) in {0, 1}. A cell is 1 if any of its pixels is; under
/// `nearest` its top left pixel decides, as diffusers.
at::Tensor maskToLatents(const at::Tensor& mask, std::int64_t factor, bool nearest);

/// A whole run: for 9-channel UNets and, by blending at every step, for 4-channel ones. Without a mask a 9-channel UNet
/// gets one of 1 everywhere and a grey picture. `generator` draws everything. Returns pictures (batch, 3, h, w) in 0..1.
/// Throws Exception and CancelledException.
at::Tensor diffuse(const DiffusionModel& model, Scheduler& scheduler, const DiffusionInputs& inputs,
                   const DiffusionSettings& settings, at::Generator& generator, const ForwardContext& context,
                   const std::function<void(const StepReport&)>& report, Trace* trace = nullptr);

/// Latents as the UNet sees them -> pictures (n, 3, h, w) in 0..1.
at::Tensor decodeLatents(const AutoencoderKL& vae, const at::Tensor& latents, const ForwardContext& context);

} // namespace pentimento
