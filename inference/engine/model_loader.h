// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/model_parts.h"
#include "inference/models/autoencoder_tiny.h"
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
    std::vector<LoraChoice> loras;                 ///< that are in the networks
    std::filesystem::path vae;                     ///< from elsewhere; empty: the model's own
    std::vector<std::string> notices;              ///< what the user should know about them
    std::filesystem::path previewDecoderPath;      ///< as it was asked for
    std::optional<AutoencoderTiny> previewDecoder; ///< absent: previews by latentRgb
};

/// Where the weights of one network come from; empty: storedWeights. What changes weights on their way goes around it.
using NetworkSource = std::function<std::shared_ptr<const TensorSource>(const NetworkPart&, const ForwardContext&)>;

/// Those of its files, as they are.
std::shared_ptr<const TensorSource> storedWeights(const NetworkPart& part, const ForwardContext& context);
std::shared_ptr<const TensorSource> storedWeights(const std::shared_ptr<const TensorMap>& tensors, const ForwardContext& context);

/// Loads a model: its weights are mapped and converted to float32 tensor by tensor, with `loras` in them. Throws Exception
/// naming the file or tensor; polls `context` between tensors.
std::shared_ptr<LoadedModel> loadModel(const ModelParts& parts, const ForwardContext& context,
                                       const std::vector<LoraChoice>& loras = {}, const NetworkSource& source = {});

/// The same for a diffusers folder or a single file.
std::shared_ptr<LoadedModel> loadModel(const std::filesystem::path& path, const ForwardContext& context,
                                       const std::vector<LoraChoice>& loras = {});

/// Random weights of exactly the shapes that are asked for, the same for the same seed; for bench and tests.
std::shared_ptr<const TensorSource> randomWeights(std::uint64_t seed);

} // namespace pentimento
