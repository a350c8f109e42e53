// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/model_loader.h"

#include "inference/core/log.h"
#include "inference/engine/lora_source.h"
#include "inference/io/tensor_store.h"

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>

#include <cmath>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

at::ScalarType scalarType(const TensorEntry& entry, const std::string& file)
{
    switch (entry.dtype) {
    case Dtype::F64: return at::kDouble;
    case Dtype::F32: return at::kFloat;
    case Dtype::F16: return at::kHalf;
    case Dtype::BF16: return at::kBFloat16;
    default:
        throw Exception(ErrorCode::Unsupported,
                        std::string("weights stored as ") + dtypeName(entry.dtype) + " cannot be read yet",
                        file + ", " + entry.name, "convert the model to float16");
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

at::Tensor toFloat(const TensorEntry& entry, at::IntArrayRef shape, const std::string& file)
{
    const at::ScalarType type = scalarType(entry, file);
    if (!sameButTrailingOnes(entry.shape, shape))
        throw Exception(ErrorCode::BadInput,
                        "a tensor has the shape " + shapeText(entry.shape) + " where the config needs " + shapeText(shape),
                        file + ", " + entry.name, "get the config and the weights from the same place");
    // from_blob needs an aligned address; the copy into the result is the only one that is made.
    const at::Tensor mapped = reinterpret_cast<std::uintptr_t>(entry.data) % dtypeSize(entry.dtype) == 0
                                  ? at::from_blob(const_cast<std::byte*>(entry.data), shape, at::TensorOptions().dtype(type))
                                  : at::empty(shape, at::TensorOptions().dtype(type));
    if (mapped.data_ptr() != entry.data)
        std::memcpy(mapped.data_ptr(), entry.data, entry.bytes);
    return mapped.to(at::kFloat, false, true);
}

std::shared_ptr<const TensorSource> openSource(const fs::path& folder, const std::string& stem, const ForwardContext& context)
{
    const auto store = std::make_shared<const TensorStore>(weightFiles(folder, stem));
    auto source = std::make_shared<TensorSource>();
    const std::string file = folder.string();
    source->has = [store](const std::string& name) { return store->find(name) != nullptr; };
    source->get = [store, file, context](const std::string& name, at::IntArrayRef shape) {
        context.poll();
        const TensorEntry* entry = store->find(name);
        if (!entry)
            throw Exception(ErrorCode::BadInput, "a tensor is missing", file + ", " + name,
                            "get the config and the weights from the same place");
        return toFloat(*entry, shape, file);
    };
    return source;
}

TextRules textRules(const fs::path& folder, const UNet2DConditionConfig& unet, const std::vector<CLIPTextConfig>& texts)
{
    TextRules rules;
    rules.pooled = unet.additionInputDim > 0;
    if (!rules.pooled)
        return rules;
    const fs::path file = folder / "model_index.json";
    const Json index = readJsonFile(file);
    rules.zeroEmptyNegative = jsonValue(index, "force_zeros_for_empty_prompt", true, file.string());
    rules.aestheticScore = jsonValue(index, "requires_aesthetics_score", false, file.string());
    const std::int64_t ids = rules.aestheticScore ? 5 : 6;
    if (texts.back().projection + ids * unet.additionTimeEmbedDim != unet.additionInputDim)
        throw Exception(ErrorCode::BadInput, "the pooled text embedding does not fit the UNet", folder.string(),
                        "get all parts of the model from the same place");
    return rules;
}

} // namespace

std::shared_ptr<const LoadedModel> loadModel(const fs::path& folder, const ForwardContext& context,
                                             const std::vector<LoraChoice>& loras)
{
    ModelInfo info = unwrap(inspectModel(folder));
    const auto config = [&](const char* part, const char* name) { return folder / part / name; };
    const auto parsed = [&](auto parse, const char* part) {
        const fs::path file = config(part, "config.json");
        return parse(readJsonFile(file), file.string());
    };
    const UNet2DConditionConfig unetConfig = parsed(parseUNetConfig, "unet");
    const AutoencoderKLConfig vaeConfig = parsed(parseVaeConfig, "vae");
    std::vector<CLIPTextConfig> textConfigs;
    std::vector<const char*> textFolders;
    std::vector<ClipTokenizer> tokenizers;
    std::int64_t textWidth = 0;
    for (const auto& [encoder, tokenizer] : {std::pair{"text_encoder", "tokenizer"}, {"text_encoder_2", "tokenizer_2"}}) {
        if (!fs::exists(config(encoder, "config.json")) && (info.family == "sdxl" || !textFolders.empty()))
            continue; // only Stable Diffusion XL has two, its refiner the second alone
        textFolders.push_back(encoder);
        textConfigs.push_back(parsed(parseClipTextConfig, encoder));
        textWidth += textConfigs.back().hiddenSize;
        tokenizers.emplace_back(folder / tokenizer);
    }
    for (const int dim : unetConfig.crossAttentionDim) {
        if (dim != textWidth)
            throw Exception(ErrorCode::BadInput, "the text encoder's size does not fit the UNet's cross_attention_dim",
                            folder.string(), "get all parts of the model from the same place");
    }
    const fs::path schedulerFile = config("scheduler", "scheduler_config.json");
    SchedulerConfig scheduler = parseSchedulerConfig(readJsonFile(schedulerFile), schedulerFile.string());
    if (info.family != "sdxl")
        scheduler = asInStableDiffusionPipeline(std::move(scheduler));
    const std::shared_ptr<LoraStack> stack = openLoras(loras);
    checkFamily(*stack, info, textWidth);
    const auto weights = [&](const char* part, const char* stem, LoraTarget target) {
        return Weights(withLoras(openSource(folder / part, stem, context), target, stack));
    };
    std::vector<CLIPTextModel> textEncoders;
    for (std::size_t i = 0; i < textFolders.size(); ++i) {
        const bool second = textFolders[i] == std::string("text_encoder_2");
        textEncoders.push_back(CLIPTextModel::load(
            textConfigs[i], weights(textFolders[i], "model", second ? LoraTarget::TextEncoder2 : LoraTarget::TextEncoder)));
    }
    DiffusionModel networks{
        std::move(textEncoders), textRules(folder, unetConfig, textConfigs),
        UNet2DConditionModel::load(unetConfig, weights("unet", "diffusion_pytorch_model", LoraTarget::UNet)),
        AutoencoderKL::load(vaeConfig, Weights(openSource(folder / "vae", "diffusion_pytorch_model", context)))};
    LatentRgb rgb = latentRgb(info);
    logInfo("model {} loaded: {} parameters", info.name, info.parameters);
    return std::make_shared<const LoadedModel>(LoadedModel{std::move(info), std::move(networks), std::move(tokenizers), scheduler,
                                                           std::move(rgb), loras, unappliedParts(*stack)});
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
