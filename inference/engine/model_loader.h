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

/// Whether the convolutions of a network this large keep their weights transformed: for the small ones that is quick and
/// cheap, for the large ones it would be most of their memory and of the time to load them.
bool keepsTransformed(const TensorMap& tensors);

/// Loads a model: its weights are mapped and repacked tensor by tensor, in the file's float type, with `loras` in them; what
/// was mapped is given back network by network. Throws Exception naming the file or tensor; polls `context` between tensors.
std::shared_ptr<LoadedModel> loadModel(const ModelParts& parts, const ForwardContext& context,
                                       const std::vector<LoraChoice>& loras = {}, const NetworkSource& source = {});

/// The same for a diffusers folder or a single file.
std::shared_ptr<LoadedModel> loadModel(const std::filesystem::path& path, const ForwardContext& context,
                                       const std::vector<LoraChoice>& loras = {});

/// Random weights of exactly the shapes that are asked for, the same for the same seed; for bench and tests.
std::shared_ptr<const TensorSource> randomWeights(std::uint64_t seed, bool keepTransformed = true);

} // namespace pentimento
