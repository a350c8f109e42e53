// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/lora_source.h"

#include "inference/api/error.h"
#include "inference/core/log.h"
#include "inference/engine/family_text.h"
#include "inference/engine/lora_delta.h"
#include "inference/io/lora_names.h"
#include "inference/io/lora_search.h"
#include "inference/text/lora_tags.h"

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

/// Flat names that a LoRA may use for the module, the likeliest first.
std::vector<std::string> candidateNames(const std::string& module, LoraTarget target, int blocksPerLevel)
{
    std::vector<std::string> names = {flatModuleName(module)};
    if (target == LoraTarget::UNet) {
        for (std::string& name : originalModuleNames(module, blocksPerLevel))
            names.push_back(std::move(name));
    }
    return names;
}

/// Input blocks per resolution in the original's count: the first level's resnets and the one that halves.
int countBlocksPerLevel(const TensorSource& unet)
{
    int resnets = 0;
    while (resnets < 16 && unet.has("down_blocks.0.resnets." + std::to_string(resnets) + ".conv1.weight"))
        ++resnets;
    return resnets + 1;
}

} // namespace

Request withTaggedLoras(Request request)
{
    if (!request.reference) {
        for (std::string* prompt : {&request.prompt, &request.negativePrompt}) {
            TaggedPrompt tagged = parseLoraTags(*prompt);
            for (const LoraTag& tag : tagged.loras)
                request.loras.push_back({findLora(tag.name), tag.weight});
            *prompt = std::move(tagged.text);
        }
    }
    constexpr double largest = 100;
    for (const LoraChoice& lora : request.loras) {
        if (!std::isfinite(lora.weight) || std::abs(lora.weight) > largest)
            throw Exception(ErrorCode::Usage, "the weight of a LoRA is out of range", lora.path.string(), "give -100 to 100");
    }
    std::erase_if(request.loras, [](const LoraChoice& lora) { return lora.weight == 0; });
    return request;
}

std::shared_ptr<LoraStack> openLoras(const std::vector<LoraChoice>& choices)
{
    auto stack = std::make_shared<LoraStack>();
    for (const LoraChoice& choice : choices) {
        if (choice.weight != 0)
            stack->layers.push_back({std::make_unique<const LoraFile>(choice.path), choice.weight, {}});
    }
    return stack;
}

void checkFamily(const LoraStack& loras, const ModelInfo& model, std::int64_t contextWidth)
{
    for (const LoraStack::Layer& layer : loras.layers) {
        const std::int64_t width = layer.file->contextWidth();
        const std::string family = layer.file->family();
        const bool otherWidth = width > 0 && width != contextWidth;
        const bool otherFamily = !family.empty() && model.family != "other" && family != model.family;
        if (otherWidth || otherFamily)
            throw Exception(ErrorCode::BadInput,
                            "this LoRA is for " + familyText(family, width) + ", the model " + model.name + " is " +
                                familyText(model.family, contextWidth),
                            layer.file->path().string(), "choose a model or a LoRA of the other's kind");
    }
}

std::shared_ptr<const TensorSource> withLoras(std::shared_ptr<const TensorSource> source, LoraTarget target,
                                              std::shared_ptr<LoraStack> loras)
{
    if (loras->layers.empty())
        return source;
    const int blocksPerLevel = target == LoraTarget::UNet ? countBlocksPerLevel(*source) : 0;
    // The modules for a tensor, a layer each.
    using Matches = std::vector<std::pair<LoraStack::Layer*, const LoraModule*>>;
    const auto matches = [target, loras, blocksPerLevel](const std::string& name) {
        Matches found;
        const std::size_t dot = name.rfind('.');
        if (dot == std::string::npos || (!name.ends_with(".weight") && !name.ends_with(".bias")))
            return found;
        const std::vector<std::string> names = candidateNames(name.substr(0, dot), target, blocksPerLevel);
        for (LoraStack::Layer& layer : loras->layers) {
            for (const std::string& candidate : names) {
                if (const LoraModule* module = layer.file->find(target, candidate)) {
                    found.emplace_back(&layer, module);
                    break;
                }
            }
        }
        return found;
    };
    const auto updated = [](at::Tensor tensor, bool weight, const Matches& found) {
        for (const auto& [layer, module] : found) {
            const LoraUpdate update{*module, layer->weight, layer->file->path().string()};
            tensor = weight ? withUpdate(tensor, update) : biasWithUpdate(tensor, update);
            layer->applied.insert(module);
        }
        return tensor;
    };
    auto changed = std::make_shared<TensorSource>(*source);
    changed->get = [source, matches, updated](const std::string& name, at::IntArrayRef shape) {
        return updated(source->get(name, shape), name.ends_with(".weight"), matches(name));
    };
    if (source->view) {
        changed->view = [source, matches, get = changed->get](const std::string& name, at::IntArrayRef shape) {
            return matches(name).empty() ? source->view(name, shape) : get(name, shape);
        };
    }
    return changed;
}

std::vector<std::string> unappliedParts(const LoraStack& loras)
{
    std::vector<std::string> notices;
    for (const LoraStack::Layer& layer : loras.layers) {
        const LoraFile& file = *layer.file;
        if (layer.applied.empty())
            throw Exception(ErrorCode::BadInput, "nothing of this LoRA fits the model", file.path().string(),
                            "use a LoRA that was made for this kind of model");
        std::vector<std::string> left = file.without(layer.applied);
        left.insert(left.end(), file.unknownKeys().begin(), file.unknownKeys().end());
        logInfo("LoRA {} with weight {}: {} of {} modules applied, {} keys unknown", file.path().string(), layer.weight,
                layer.applied.size(), file.moduleCount(), file.unknownKeys().size());
        if (left.empty())
            continue;
        constexpr std::size_t most = 3;
        std::string text = "the LoRA " + file.path().stem().string() + " has " + std::to_string(left.size()) +
                           (left.size() == 1 ? " part" : " parts") + " that the model has no place for: ";
        for (std::size_t i = 0; i < std::min(most, left.size()); ++i)
            text += (i > 0 ? ", " : "") + left[i];
        notices.push_back(text + (left.size() > most ? ", ..." : ""));
    }
    return notices;
}

} // namespace pentimento
