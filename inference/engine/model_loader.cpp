// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/model_loader.h"

#include "inference/core/log.h"
#include "inference/engine/lora_source.h"
#include "inference/engine/weight_tensor.h"
#include "inference/io/single_file.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <chrono>
#include <cmath>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

void checkComplete(const ModelParts& parts)
{
    for (const TextEncoderPart& text : parts.textEncoders) {
        if (text.tokenizer.empty())
            throw Exception(vocabularyMissing(parts.path));
    }
    if (!parts.missing.empty())
        throw Exception(ErrorCode::BadInput, "a part of the model is missing", (parts.path / parts.missing.front()).string(),
                        "download the whole model again");
}

TextRules textRules(const ModelParts& parts, const UNet2DConditionConfig& unet, const std::vector<CLIPTextConfig>& texts)
{
    TextRules rules;
    rules.pooled = unet.additionInputDim > 0;
    if (!rules.pooled)
        return rules;
    rules.zeroEmptyNegative = jsonValue(parts.index.json, "force_zeros_for_empty_prompt", true, parts.index.where);
    rules.aestheticScore = jsonValue(parts.index.json, "requires_aesthetics_score", false, parts.index.where);
    const std::int64_t ids = rules.aestheticScore ? 5 : 6;
    if (texts.back().projection + ids * unet.additionTimeEmbedDim != unet.additionInputDim)
        throw Exception(ErrorCode::BadInput, "the pooled text embedding does not fit the UNet", parts.path.string(),
                        "get all parts of the model from the same place");
    return rules;
}

} // namespace

bool keepsTransformed(const TensorMap& tensors)
{
    constexpr std::uint64_t most = 32 << 20;
    return tensors.parameters() <= most;
}

std::shared_ptr<const TensorSource> storedWeights(const std::shared_ptr<const TensorMap>& tensors, const ForwardContext& context)
{
    auto source = std::make_shared<TensorSource>();
    source->keepTransformed = keepsTransformed(*tensors);
    source->has = [tensors](const std::string& name) { return tensors->has(name); };
    source->get = [tensors, context](const std::string& name, at::IntArrayRef shape) {
        context.poll();
        return weightTensor(tensors->require(name), shape, tensors->where(name));
    };
    source->view = [tensors, context](const std::string& name, at::IntArrayRef shape) {
        context.poll();
        return weightView(tensors->require(name), shape, tensors->where(name));
    };
    return source;
}

std::shared_ptr<const TensorSource> storedWeights(const NetworkPart& part, const ForwardContext& context)
{
    return storedWeights(part.tensors, context);
}

std::shared_ptr<LoadedModel> loadModel(const ModelParts& parts, const ForwardContext& context,
                                       const std::vector<LoraChoice>& loras, const NetworkSource& source)
{
    const auto began = std::chrono::steady_clock::now();
    ModelInfo info = modelInfo(parts);
    checkComplete(parts);
    const auto parsed = [](auto parse, const NetworkPart& part) { return parse(part.config.json, part.config.where); };
    const UNet2DConditionConfig unetConfig = parsed(parseUNetConfig, parts.unet);
    const AutoencoderKLConfig vaeConfig = parsed(parseVaeConfig, parts.vae);
    std::vector<CLIPTextConfig> textConfigs;
    std::vector<ClipTokenizer> tokenizers;
    std::int64_t textWidth = 0;
    for (const TextEncoderPart& text : parts.textEncoders) {
        textConfigs.push_back(parsed(parseClipTextConfig, text.network));
        textWidth += textConfigs.back().hiddenSize;
        tokenizers.emplace_back(text.tokenizer, text.paddingToken);
    }
    for (const int dim : unetConfig.crossAttentionDim) {
        if (dim != textWidth)
            throw Exception(ErrorCode::BadInput, "the text encoder's size does not fit the UNet's cross_attention_dim",
                            parts.path.string(), "get all parts of the model from the same place");
    }
    SchedulerConfig scheduler = parseSchedulerConfig(parts.scheduler.json, parts.scheduler.where);
    if (info.family != "sdxl")
        scheduler = asInStableDiffusionPipeline(std::move(scheduler));
    const std::shared_ptr<LoraStack> stack = openLoras(loras);
    checkFamily(*stack, info, textWidth);
    const auto stored = [&](const NetworkPart& part) { return source ? source(part, context) : storedWeights(part, context); };
    const auto load = [&](auto loadNetwork, const auto& config, const NetworkPart& part, std::optional<LoraTarget> target) {
        const std::shared_ptr<const TensorSource> weights = stored(part);
        auto network = loadNetwork(config, Weights(target ? withLoras(weights, *target, stack) : weights));
        part.tensors->store->releasePages();
        return network;
    };
    std::vector<CLIPTextModel> textEncoders;
    for (std::size_t i = 0; i < textConfigs.size(); ++i) {
        // Of two text encoders the second has the projection.
        const LoraTarget target = textConfigs[i].projection > 0 ? LoraTarget::TextEncoder2 : LoraTarget::TextEncoder;
        textEncoders.push_back(load(CLIPTextModel::load, textConfigs[i], parts.textEncoders[i].network, target));
    }
    DiffusionModel networks{std::move(textEncoders), textRules(parts, unetConfig, textConfigs),
                            load(UNet2DConditionModel::load, unetConfig, parts.unet, LoraTarget::UNet),
                            load(AutoencoderKL::load, vaeConfig, parts.vae, std::nullopt)};
    LatentRgb rgb = latentRgb(info);
    logInfo("model {} loaded in {:.2f} s: {} parameters", info.name,
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count(), info.parameters);
    return std::make_shared<LoadedModel>(LoadedModel{std::move(info),
                                                     std::move(networks),
                                                     std::move(tokenizers),
                                                     scheduler,
                                                     std::move(rgb),
                                                     loras,
                                                     parts.otherVae,
                                                     unappliedParts(*stack),
                                                     {},
                                                     {}});
}

std::shared_ptr<LoadedModel> loadModel(const fs::path& path, const ForwardContext& context, const std::vector<LoraChoice>& loras)
{
    return loadModel(openModel(path), context, loras);
}

std::shared_ptr<const TensorSource> randomWeights(std::uint64_t seed, bool keepTransformed)
{
    auto source = std::make_shared<TensorSource>();
    source->keepTransformed = keepTransformed;
    source->has = [](const std::string&) { return true; };
    source->get = [seed](const std::string& name, at::IntArrayRef shape) {
        at::Generator generator = at::detail::createCPUGenerator(seed ^ std::hash<std::string>{}(name));
        if (shape.size() < 2)
            return at::full(shape, name.ends_with("bias") ? 0.0 : 1.0);
        std::int64_t fanIn = 1;
        for (const std::int64_t side : shape.slice(1))
            fanIn *= side;
        return at::empty(shape).uniform_(-1, 1, generator) * std::sqrt(3.0 / static_cast<double>(fanIn));
    };
    return source;
}

} // namespace pentimento
