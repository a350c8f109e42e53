// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/model_verify.h"

#include "inference/engine/model_loader.h"
#include "inference/engine/prompt_tokens.h"
#include "inference/engine/silent_sink.h"
#include "inference/engine/weight_tensor.h"
#include "inference/io/file_check.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <set>

namespace pentimento {
namespace {

constexpr int largestTrialSide = 256; // px
constexpr double lastTimestep = 999;

/// What the networks asked their files for while they were loaded.
struct Asked {
    std::set<const TensorEntry*> used;
    std::vector<TensorFault> faults;
    double tensors = 0;
};

/// Hands out zeros for what is missing or does not fit, so that one look finds every fault.
NetworkSource recordingSource(Asked& asked, double expected, WorkMeter& meter)
{
    return [&asked, expected, &meter](const NetworkPart& part, const ForwardContext&) {
        auto source = std::make_shared<TensorSource>();
        source->keepTransformed = keepsTransformed(*part.tensors);
        source->has = [tensors = part.tensors](const std::string& name) { return tensors->has(name); };
        const auto ask = [&asked, expected, &meter, tensors = part.tensors](auto read) {
            return [&asked, expected, &meter, tensors, read](const std::string& name, at::IntArrayRef shape) {
                meter.advance(++asked.tensors / expected);
                const StoredTensor* stored = tensors->find(name);
                if (!stored) {
                    asked.faults.push_back({tensors->where(name), "is missing"});
                    return at::zeros(shape);
                }
                asked.used.insert(stored->entry);
                if (stored->scale)
                    asked.used.insert(stored->scale);
                if (const std::string misfit = shapeMisfit(*stored, shape); !misfit.empty()) {
                    asked.faults.push_back({tensors->where(name), misfit});
                    return at::zeros(shape);
                }
                return read(*stored, shape, tensors->where(name));
            };
        };
        source->get = ask(weightTensor);
        source->view = ask(weightView);
        return source;
    };
}

double tensorCount(const ModelParts& parts)
{
    double count = 1;
    for (const SafetensorsFile* file : weightFilesOf(parts))
        count += static_cast<double>(file->tensors().size());
    return count;
}

std::vector<std::string> unusedTensors(const ModelParts& parts, const Asked& asked)
{
    std::vector<std::string> unused;
    for (const SafetensorsFile* file : weightFilesOf(parts)) {
        for (const TensorEntry& entry : file->tensors()) {
            if (!asked.used.contains(&entry))
                unused.push_back(file->path().string() + ", tensor " + entry.name);
        }
    }
    return unused;
}

/// Soft colours and one round edge, in -1..1: what every trained autoencoder can carry.
at::Tensor trialPicture(std::int64_t side)
{
    const at::Tensor axis = at::arange(side, at::kFloat) / static_cast<double>(side);
    const at::Tensor x = axis.reshape({1, side}), y = axis.reshape({side, 1});
    const at::Tensor disc = ((x - 0.6).square() + (y - 0.4).square()).lt(0.05).to(at::kFloat);
    const auto channel = [&](double fx, double fy, double light) {
        return 0.5 * at::sin(6.28 * fx * x) * at::cos(6.28 * fy * y) * (1 - disc) + light * disc;
    };
    return at::stack({channel(0.7, 0.4, 0.6), channel(0.5, 0.8, 0.2), channel(0.3, 0.6, -0.5)}).unsqueeze(0);
}

double rms(const at::Tensor& values)
{
    return std::sqrt(values.square().mean().item<double>());
}

/// One evaluation at pure noise, with the picture's latents as masked picture where the UNet takes one.
at::Tensor evaluateUNet(const LoadedModel& model, const at::Tensor& latents, std::int64_t side, const ForwardContext& context)
{
    const UNet2DConditionModel& unet = model.networks.unet;
    Request request;
    request.prompt = "a photograph";
    DiffusionInputs inputs;
    SilentSink silent;
    addPrompts(model, request, inputs, silent);
    const TextRules& rules = model.networks.textRules;
    const EncodedPrompt prompt = encodePrompt(model.networks.textEncoders, inputs.prompt, rules, context);
    UNetConditions conditions;
    conditions.text = prompt.text;
    if (rules.pooled) {
        conditions.pooled = prompt.pooled;
        conditions.timeIds = timeIds(side, side, rules, false);
    }
    at::Generator generator = at::detail::createCPUGenerator(0);
    at::Tensor sample = at::randn(latents.sizes(), generator, at::TensorOptions().dtype(at::kFloat));
    if (model.info.inpaintModel())
        sample = at::cat({sample, at::ones_like(latents.narrow(1, 0, 1)), latents}, 1);
    return unet.forward(sample, lastTimestep, unet.encodeContext(conditions), context);
}

ModelCheck::Trial runTrial(const LoadedModel& model, const ForwardContext& context)
{
    const ModelInfo& info = model.info;
    const AutoencoderKL& vae = model.networks.vae;
    const std::int64_t multiple = std::int64_t{info.vaeFactor} << info.unetDownsamplings;
    const std::int64_t side = std::max(std::min(info.nativeSize, largestTrialSide) / multiple, std::int64_t{1}) * multiple;
    ModelCheck::Trial trial;
    trial.pictureSize = std::to_string(side) + " x " + std::to_string(side);
    const at::Tensor picture = trialPicture(side);
    const at::Tensor mean = vae.encode(picture, context).mean;
    const double error = rms((vae.decode(mean, context) - picture) / 2); // of a picture in 0..1
    trial.vaePsnr = -20 * std::log10(std::max(error, 1e-6));
    const auto began = std::chrono::steady_clock::now();
    trial.unetRms = rms(evaluateUNet(model, (mean - vae.config().shiftFactor) * vae.config().scalingFactor, side, context));
    trial.unetSeconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return trial;
}

} // namespace

ModelCheck verifyModel(const std::filesystem::path& path, WorkMeter& meter, const ForwardContext& context)
{
    meter.stage("opening the model", 0, 0.01);
    const ModelParts parts = openModel(path);
    ModelCheck check;
    check.info = modelInfo(parts);
    meter.stage("computing checksums", 0.01, 0.3);
    check.files = checkFiles(parts, meter);
    if (!check.info.missing.empty())
        return check;

    meter.stage("loading every tensor", 0.3, 0.75);
    Asked asked;
    const std::shared_ptr<const LoadedModel> model =
        loadModel(parts, context, {}, recordingSource(asked, tensorCount(parts), meter));
    meter.stage("looking for damaged values", 0.75, 0.85);
    check.faults = findNonFinite(parts, asked.used, meter);
    check.faults.insert(check.faults.end(), asked.faults.begin(), asked.faults.end());
    check.unused = unusedTensors(parts, asked);
    if (!check.faults.empty())
        return check;
    meter.stage("running the UNet and the VAE once", 0.85, 1);
    check.trial = runTrial(*model, context);
    return check;
}

} // namespace pentimento
