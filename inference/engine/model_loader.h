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
};

/// Loads a model: its weights are mapped and converted to float32 tensor by tensor. Throws Exception naming the file or
/// tensor; polls `context` between tensors.
std::shared_ptr<const LoadedModel> loadModel(const ModelParts& parts, const ForwardContext& context);

/// The same for a diffusers folder or a single file.
std::shared_ptr<const LoadedModel> loadModel(const std::filesystem::path& path, const ForwardContext& context);

/// Random weights of exactly the shapes that are asked for, the same for the same seed; for bench and tests.
std::shared_ptr<const TensorSource> randomWeights(std::uint64_t seed);

} // namespace pentimento
