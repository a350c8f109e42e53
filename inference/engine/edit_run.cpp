// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/edit_run.h"

#include "inference/core/log.h"
#include "inference/edit/color_match.h"
#include "inference/edit/composite.h"
#include "inference/edit/mask_edit.h"
#include "inference/edit/planes.h"
#include "inference/edit/prefill.h"
#include "inference/edit/resample.h"
#include "inference/io/safetensors_writer.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <chrono>
#include <cmath>

namespace pentimento {
namespace {

[[noreturn]] void usage(const std::string& what, const std::string& option, const std::string& remedy)
{
    throw Exception(ErrorCode::Usage, what, option, remedy);
}

/// What is left open in the request, filled from the model.
struct Settings {
    InpaintSettings inpaint;
    std::string scheduler;
    Prefill prefill = Prefill::None;
};

Settings resolveSettings(const Request& request, const ModelInfo& model)
{
    const RunDefaults defaults = runDefaults(model, request.mode);
    Settings settings;
    settings.inpaint.steps = request.steps.value_or(defaults.steps);
    settings.inpaint.guidance = request.guidance.value_or(defaults.guidance);
    settings.inpaint.strength = request.strength.value_or(defaults.strength);
    settings.inpaint.reference = settings.inpaint.nearestMask = request.reference;
    settings.scheduler = request.scheduler.empty() ? defaults.scheduler : request.scheduler;
    settings.prefill = request.prefill == Prefill::Auto ? model.prefill : request.prefill;
    if (request.reference)
        settings.prefill = Prefill::None;
    return settings;
}

PromptTokens tokenize(const LoadedModel& model, const std::string& prompt, EventSink& sink)
{
    PromptTokens tokens;
    for (std::size_t i = 0; i < model.tokenizers.size(); ++i) {
        const CLIPTextConfig& config = model.networks.textEncoders[i].config();
        const std::size_t length = static_cast<std::size_t>(config.maxPositions);
        const std::size_t words = model.tokenizers[i].encode(prompt).size();
        tokens.empty = words == 0;
        if (i == 0 && words + 2 > length)
            sink.notice("the prompt is longer than " + std::to_string(length - 2) + " tokens; its end is not used");
        const std::vector<std::int64_t> ids = model.tokenizers[i].encodePadded(prompt, length);
        for (const std::int64_t id : ids) {
            if (id < 0 || id >= config.vocabSize)
                throw Exception(ErrorCode::BadInput, "the tokenizer's vocabulary is larger than the text encoder's",
                                model.info.path.string(), "get all parts of the model from the same place");
        }
        tokens.ids.push_back(at::tensor(ids, at::kLong).unsqueeze(0));
    }
    return tokens;
}

/// Planes in 0..1 -> (1, c, h, w).
at::Tensor toTensor(const Planes& planes)
{
    return at::from_blob(const_cast<float*>(planes.values.data()), {1, planes.channels, planes.height, planes.width}).clone();
}

Planes toPlanes(const at::Tensor& picture)
{
    const at::Tensor values = picture.contiguous();
    Planes planes(static_cast<int>(values.size(2)), static_cast<int>(values.size(1)), static_cast<int>(values.size(0)));
    std::copy_n(values.data_ptr<float>(), values.numel(), planes.values.begin());
    return planes;
}

at::Tensor maskTensor(const Image& mask)
{
    at::Tensor bytes = at::empty({mask.height, mask.width}, at::kByte);
    for (int y = 0; y < mask.height; ++y)
        std::memcpy(bytes.data_ptr<std::uint8_t>() + static_cast<std::size_t>(y) * static_cast<std::size_t>(mask.width),
                    mask.row8(y), static_cast<std::size_t>(mask.width));
    return bytes.to(at::kFloat).div_(255).unsqueeze(0).unsqueeze(0);
}

/// Turns loop reports into events: progress, time left, previews.
class Reporter {
public:
    Reporter(const LoadedModel& model, const Request& request, EventSink& sink, const EditPlan& plan, const InpaintInputs& inputs,
             const ForwardContext& context, int totalSteps)
        : m_model(model), m_request(request), m_sink(sink), m_rect(plan.crop), m_picture(inputs.picture),
          m_latentMask(maskToLatents(inputs.mask, model.networks.vae.config().factor(), false)), m_context(context),
          m_totalSteps(totalSteps), m_began(std::chrono::steady_clock::now())
    {
    }

    void beginVariant(int index) { m_variant = index; }

    void operator()(const StepReport& report)
    {
        const int done = m_variant * report.steps + report.step;
        const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_began).count();
        // Decoding costs about one step more per picture.
        const double perStep = seconds / done;
        const int variantsLeft = m_totalSteps / report.steps - m_variant;
        m_sink.progress({done, m_totalSteps, seconds, perStep * (m_totalSteps - done + variantsLeft)});
        if (m_variant > 0 || report.step == report.steps)
            return;
        const bool decoded = m_request.previewEvery > 0 && report.step % m_request.previewEvery == 0;
        if (decoded || m_sink.wantsPreview())
            m_sink.preview({report.step, m_rect, decoded ? decodedPreview(report.denoised) : quickPreview(report.denoised)});
    }

private:
    Image quickPreview(const at::Tensor& denoised) const
    {
        return previewFromLatents(denoised, m_model.latentRgb, m_picture, m_latentMask);
    }
    Image decodedPreview(const at::Tensor& denoised) const
    {
        return imageFromTensor(decodeLatents(m_model.networks.vae, denoised.narrow(0, 0, 1), m_context));
    }

    const LoadedModel& m_model;
    const Request& m_request;
    EventSink& m_sink;
    Rect m_rect;
    at::Tensor m_picture, m_latentMask;
    ForwardContext m_context;
    int m_totalSteps, m_variant = 0;
    std::chrono::steady_clock::time_point m_began;
};

std::unique_ptr<Scheduler> schedulerFor(const LoadedModel& model, const Settings& settings, double eta, EventSink& sink)
{
    std::string notice;
    std::unique_ptr<Scheduler> scheduler = makeScheduler(model.schedulerConfig, settings.scheduler, eta, &notice);
    if (!notice.empty())
        sink.notice(notice);
    return scheduler;
}

void writeDump(const std::filesystem::path& file, const Trace& trace)
{
    std::vector<TensorData> tensors;
    for (const auto& [name, value] : trace) {
        const at::Tensor tensor = value.contiguous();
        const std::vector<std::int64_t> shape = tensor.sizes().vec();
        if (tensor.scalar_type() == at::kLong)
            tensors.push_back(tensorData(name, shape, tensor.data_ptr<std::int64_t>()));
        else if (tensor.scalar_type() == at::kDouble)
            tensors.push_back(tensorData(name, shape, tensor.data_ptr<double>()));
        else
            tensors.push_back(tensorData(name, shape, tensor.data_ptr<float>()));
    }
    writeSafetensors(file, tensors);
}

/// NaN in the result means a damaged model or an overflow; nobody wants to see a black patch instead of the reason.
void checkFinite(const at::Tensor& image, const LoadedModel& model)
{
    if (!at::isfinite(image).all().item<bool>())
        throw Exception(ErrorCode::BadInput, "the model computes no numbers (NaN)", model.info.path.string(),
                        "get a fresh copy of its weights");
}

/// Picture, hole and pre-fill at working size, as the pipeline takes them.
InpaintInputs prepareInputs(const Request& request, const EditPlan& plan, const Settings& settings)
{
    InpaintInputs inputs;
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

void checkRequest(const Request& request)
{
    const auto finite = [](const std::optional<double>& value) { return !value || std::isfinite(*value); };
    if (request.image.empty())
        throw Exception(ErrorCode::BadInput, "there is no picture", "image", "open one");
    if (request.mask.empty() || request.mask.channels != 1 || request.mask.bits != 8)
        throw Exception(ErrorCode::BadInput, "there is no mask", "mask", "paint over what should change");
    if (request.steps && (*request.steps < 1 || *request.steps > 1000))
        usage("the number of steps is out of range", "steps", "give 1 to 1000");
    if (!finite(request.guidance) || request.guidance.value_or(1) < 0 || request.guidance.value_or(1) > 100)
        usage("the guidance is out of range", "guidance", "give 0 to 100");
    if (!finite(request.strength) || request.strength.value_or(1) <= 0 || request.strength.value_or(1) > 1)
        usage("the strength is out of range", "strength", "give more than 0 and at most 1");
    if (!std::isfinite(request.eta) || request.eta < 0 || request.eta > 1)
        usage("eta is out of range", "eta", "give 0 to 1");
    if (request.batch < 1 || request.batch > 64)
        usage("the batch is out of range", "batch", "give 1 to 64");
    if (request.threads < 0 || request.threads > 1024)
        usage("the number of threads is out of range", "threads", "give 0 (all) to 1024");
    if (request.device != "auto" && request.device != "cpu")
        throw Exception(ErrorCode::Unsupported, "the device \"" + request.device + "\" is not available in this version",
                        "device", "use auto or cpu");
    if (request.dtype != "auto" && request.dtype != "float32")
        throw Exception(ErrorCode::Unsupported, "the type \"" + request.dtype + "\" is not available in this version", "dtype",
                        "use auto or float32");
    if (request.mode == Mode::Expand)
        throw Exception(ErrorCode::Unsupported, "the mode \"expand\" is not available in this version", "mode",
                        "use fill, erase or refine");
}

Result runEdit(const LoadedModel& model, const Request& request, EventSink& sink, const ForwardContext& context)
{
    const Settings settings = resolveSettings(request, model.info);
    std::unique_ptr<Scheduler> scheduler = schedulerFor(model, settings, request.eta, sink);
    Expected<EditPlan> planned =
        planEdit(request.image.size(), request.mask, request.edit, request.mode, settings.inpaint.strength, model.info);
    if (Error* error = std::get_if<Error>(&planned))
        throw Exception(std::move(*error));
    Result result;
    result.plan = std::move(std::get<EditPlan>(planned));
    result.model = model.info.name;
    result.steps = modelCalls(*scheduler, settings.inpaint.steps, settings.inpaint.strength);

    InpaintInputs inputs = prepareInputs(request, result.plan, settings);
    inputs.prompt = tokenize(model, request.prompt, sink);
    inputs.negative = tokenize(model, request.negativePrompt, sink);
    const int totalSteps = result.steps * request.batch;
    sink.started({model.info.name, result.plan, totalSteps, request.seed});
    Reporter reporter(model, request, sink, result.plan, inputs, context, totalSteps);
    const Planes picture = toPlanes((inputs.picture[0] + 1) / 2), hole = toPlanes(inputs.mask[0]);
    const int factor = static_cast<int>(model.networks.vae.config().factor());
    Trace trace;
    // One picture after the other, so that each is exactly what its seed gives alone.
    for (int i = 0; i < request.batch; ++i) {
        const std::uint64_t seed = request.seed + static_cast<std::uint64_t>(i);
        at::Generator generator = at::detail::createCPUGenerator(seed);
        reporter.beginVariant(i);
        const at::Tensor image = inpaint(model.networks, *scheduler, inputs, settings.inpaint, generator, context,
                                         std::ref(reporter), request.dump.empty() || i > 0 ? nullptr : &trace);
        checkFinite(image, model);
        context.poll();
        const Planes matched = colorMatched(toPlanes(image[0]), picture, hole, factor);
        result.variants.push_back({makePatch(request.image, result.plan, matched), seed});
    }
    if (!request.dump.empty())
        writeDump(request.dump, trace);
    return result;
}

Result runReference(const LoadedModel& model, const Request& request, EventSink& sink, const ForwardContext& context)
{
    Settings settings = resolveSettings(request, model.info);
    settings.inpaint.batch = request.batch;
    std::unique_ptr<Scheduler> scheduler = schedulerFor(model, settings, request.eta, sink);
    const int factor = static_cast<int>(model.networks.vae.config().factor());
    Size size = request.edit.size.value_or(Size{model.info.nativeSize, model.info.nativeSize});
    if (size.height == 0)
        size.height = size.width;
    if (size.width % factor != 0 || size.height % factor != 0 || size.empty())
        usage("the size is no multiple of " + std::to_string(factor), "size", "round it up");

    const Rect whole{0, 0, request.image.width, request.image.height};
    InpaintInputs inputs;
    inputs.picture = toTensor(cropToPlanes(request.image, whole, size)) * 2 - 1;
    inputs.start = inputs.picture;
    const Rect maskRect{0, 0, request.mask.width, request.mask.height};
    inputs.mask = toTensor(cropToPlanes(request.mask, maskRect, size)).narrow(1, 0, 1).ge(0.5).to(at::kFloat);
    inputs.prompt = tokenize(model, request.prompt, sink);
    inputs.negative = tokenize(model, request.negativePrompt, sink);

    Result result;
    result.model = model.info.name;
    result.steps = modelCalls(*scheduler, settings.inpaint.steps, settings.inpaint.strength);
    result.plan.crop = {0, 0, size.width, size.height};
    result.plan.working = size;
    sink.started({model.info.name, result.plan, result.steps, request.seed});
    Reporter reporter(model, request, sink, result.plan, inputs, context, result.steps);
    at::Generator generator = at::detail::createCPUGenerator(request.seed);
    Trace trace;
    const at::Tensor images = inpaint(model.networks, *scheduler, inputs, settings.inpaint, generator, context,
                                      std::ref(reporter), request.dump.empty() ? nullptr : &trace);
    checkFinite(images, model);
    for (std::int64_t i = 0; i < images.size(0); ++i) {
        ImageBuffer alpha(size.width, size.height, 1);
        std::memset(alpha.data.get(), 255, alpha.stride * static_cast<std::size_t>(size.height));
        result.variants.push_back({{result.plan.crop, imageFromTensor(images.narrow(0, i, 1)), std::move(alpha).share()},
                                   request.seed + static_cast<std::uint64_t>(i)});
    }
    if (!request.dump.empty())
        writeDump(request.dump, trace);
    return result;
}

} // namespace pentimento
