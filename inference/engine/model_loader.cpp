// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/model_loader.h"

#include "inference/core/log.h"
#include "inference/engine/lora_source.h"
#include "inference/io/number_formats.h"
#include "inference/io/single_file.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

at::ScalarType scalarType(Dtype dtype, const std::string& where)
{
    switch (dtype) {
    case Dtype::F64: return at::kDouble;
    case Dtype::F32: return at::kFloat;
    case Dtype::F16: return at::kHalf;
    case Dtype::BF16: return at::kBFloat16;
    case Dtype::F8E4M3:
    case Dtype::F8E5M2: return at::kByte; // looked up in a table
    default:
        throw Exception(ErrorCode::Unsupported, std::string("weights stored as ") + dtypeName(dtype) + " are not read", where,
                        "get the model in float16");
    }
}

std::string shapeText(at::IntArrayRef shape)
{
    std::string text = "[";
    for (const std::int64_t side : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(side);
    return text + "]";
}

// Linear layers and 1 x 1 convolutions are stored either way.
bool sameButTrailingOnes(at::IntArrayRef a, at::IntArrayRef b)
{
    while (!a.empty() && a.back() == 1)
        a = a.slice(0, a.size() - 1);
    while (!b.empty() && b.back() == 1)
        b = b.slice(0, b.size() - 1);
    return a == b;
}

/// Stored values as they are; a copy where the mapping is not aligned.
at::Tensor storedValues(const StoredTensor& tensor, at::IntArrayRef shape, at::ScalarType type)
{
    const std::byte* data = tensor.data();
    if (reinterpret_cast<std::uintptr_t>(data) % dtypeSize(tensor.entry->dtype) == 0)
        return at::from_blob(const_cast<std::byte*>(data), shape, at::TensorOptions().dtype(type));
    const at::Tensor aligned = at::empty(shape, at::TensorOptions().dtype(type));
    std::memcpy(aligned.data_ptr(), data, aligned.nbytes());
    return aligned;
}

at::Tensor fromFloat8(const at::Tensor& bytes, Dtype dtype)
{
    const std::array<float, 256>& values = float8Values(dtype);
    at::Tensor result = at::empty(bytes.sizes());
    const std::uint8_t* in = bytes.data_ptr<std::uint8_t>();
    std::transform(in, in + bytes.numel(), result.data_ptr<float>(), [&](std::uint8_t byte) { return values[byte]; });
    return result;
}

/// A float32 copy, the only one that is made.
at::Tensor toFloat(const StoredTensor& tensor, at::IntArrayRef shape, const std::string& where)
{
    const Dtype dtype = tensor.entry->dtype;
    const at::ScalarType type = scalarType(dtype, where);
    std::vector<std::int64_t> stored = tensor.storedShape(), needed = shape.vec();
    if (tensor.transposed)
        std::reverse(needed.begin(), needed.end());
    if (!sameButTrailingOnes(stored, needed))
        throw Exception(ErrorCode::BadInput,
                        "a tensor has the shape " + shapeText(stored) + " where the config needs " + shapeText(needed), where,
                        "get the config and the weights from the same place");
    const at::Tensor values = storedValues(tensor, needed, type);
    at::Tensor result = type == at::kByte ? fromFloat8(values, dtype) : values.to(at::kFloat, false, true);
    if (tensor.transposed)
        result = result.t().contiguous();
    if (tensor.scale)
        result.mul_(floatValues(*tensor.scale, where).front());
    return result;
}

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

std::shared_ptr<const TensorSource> storedWeights(const NetworkPart& part, const ForwardContext& context)
{
    auto source = std::make_shared<TensorSource>();
    source->has = [tensors = part.tensors](const std::string& name) { return tensors->has(name); };
    source->get = [tensors = part.tensors, context](const std::string& name, at::IntArrayRef shape) {
        context.poll();
        return toFloat(tensors->require(name), shape, tensors->where(name));
    };
    return source;
}

std::shared_ptr<const LoadedModel> loadModel(const ModelParts& parts, const ForwardContext& context,
                                             const std::vector<LoraChoice>& loras)
{
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
    const auto weights = [&](const NetworkPart& part, LoraTarget target) {
        return Weights(withLoras(storedWeights(part, context), target, stack));
    };
    std::vector<CLIPTextModel> textEncoders;
    for (std::size_t i = 0; i < textConfigs.size(); ++i) {
        // Of two text encoders the second has the projection.
        const LoraTarget target = textConfigs[i].projection > 0 ? LoraTarget::TextEncoder2 : LoraTarget::TextEncoder;
        textEncoders.push_back(CLIPTextModel::load(textConfigs[i], weights(parts.textEncoders[i].network, target)));
    }
    DiffusionModel networks{std::move(textEncoders), textRules(parts, unetConfig, textConfigs),
                            UNet2DConditionModel::load(unetConfig, weights(parts.unet, LoraTarget::UNet)),
                            AutoencoderKL::load(vaeConfig, Weights(storedWeights(parts.vae, context)))};
    LatentRgb rgb = latentRgb(info);
    logInfo("model {} loaded: {} parameters", info.name, info.parameters);
    return std::make_shared<const LoadedModel>(LoadedModel{std::move(info), std::move(networks), std::move(tokenizers), scheduler,
                                                           std::move(rgb), loras, unappliedParts(*stack)});
}

std::shared_ptr<const LoadedModel> loadModel(const fs::path& path, const ForwardContext& context,
                                             const std::vector<LoraChoice>& loras)
{
    return loadModel(openModel(path), context, loras);
}

std::shared_ptr<const TensorSource> randomWeights(std::uint64_t seed)
{
    auto source = std::make_shared<TensorSource>();
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
