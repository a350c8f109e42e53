// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/model_parts.h"
#include "inference/pipelines/diffusion_pipeline.h"
#include "inference/pipelines/latent_preview.h"
#include "inference/text/clip_tokenizer.h"

#include <memory>
#include <vector>

namespace pentimento {

/// One model, ready to run.
struct LoadedModel {
    ModelInfo info;
    DiffusionModel networks;
    std::vector<ClipTokenizer> tokenizers; ///< one per text encoder
    SchedulerConfig schedulerConfig;
    LatentRgb latentRgb;
    std::vector<LoraChoice> loras;    ///< that are in the networks
    std::vector<std::string> notices; ///< what the user should know about them
};

/// Loads a model: its weights are mapped and converted to float32 tensor by tensor, with `loras` in them. Throws Exception
/// naming the file or tensor; polls `context` between tensors.
std::shared_ptr<const LoadedModel> loadModel(const ModelParts& parts, const ForwardContext& context,
                                             const std::vector<LoraChoice>& loras = {});

/// The same for a diffusers folder or a single file.
std::shared_ptr<const LoadedModel> loadModel(const std::filesystem::path& path, const ForwardContext& context,
                                             const std::vector<LoraChoice>& loras = {});

/// Where one network's weights come from: mapped, converted to float32 one by one, never more than one copy. What changes
/// weights on their way goes around this. `get` polls `context` and throws Exception naming the tensor.
std::shared_ptr<const TensorSource> storedWeights(const NetworkPart& part, const ForwardContext& context);

/// Random weights of exactly the shapes that are asked for, the same for the same seed; for bench and tests.
std::shared_ptr<const TensorSource> randomWeights(std::uint64_t seed);

} // namespace pentimento
