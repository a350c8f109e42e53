// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_info.h"
#include "inference/io/lora_file.h"
#include "inference/models/weights.h"

namespace pentimento {

/// The LoRAs of a run on their way into a model, and what became of each.
struct LoraStack {
    struct Layer {
        std::unique_ptr<const LoraFile> file;
        double weight = 1;
        std::set<const LoraModule*> applied;
    };
    std::vector<Layer> layers;
};

/// The request with the <lora:...> tags of both prompts moved into its list and weights of 0 left out. Under its `reference`
/// prompts are literal. Throws Exception(BadInput) for a name that is not found, Exception(Usage) for a senseless weight.
Request withTaggedLoras(Request request);

/// Opens the files; those of weight 0 are left out. Throws as LoraFile.
std::shared_ptr<LoraStack> openLoras(const std::vector<LoraChoice>& choices);

/// Refuses a LoRA of another family than the model: Exception(BadInput) that names both. `contextWidth`: the model's
/// cross_attention_dim.
void checkFamily(const LoraStack& loras, const ModelInfo& model, std::int64_t contextWidth);

/// A source whose tensors have the LoRAs in them, one after the other, those in float32. Nothing is kept: each tensor is
/// computed while it is asked for, and the weights come back untouched when the model is loaded without them. Where no LoRA
/// speaks of a tensor it is `source`'s own. `target`: the network it belongs to.
std::shared_ptr<const TensorSource> withLoras(std::shared_ptr<const TensorSource> source, LoraTarget target,
                                              std::shared_ptr<LoraStack> loras);

/// After everything is loaded: a line for each LoRA with parts that the model has no place for, naming the first. Throws
/// Exception(BadInput) for a LoRA of which nothing was applied.
std::vector<std::string> unappliedParts(const LoraStack& loras);

} // namespace pentimento
