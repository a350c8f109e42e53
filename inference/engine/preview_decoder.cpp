// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/preview_decoder.h"

#include "inference/engine/model_loader.h"
#include "inference/io/preview_decoder_file.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t mostLayers = 64;

std::vector<TinyLayerConfig> deducedLayers(const TensorMap& tensors, const std::string& prefix, bool encoder)
{
    std::vector<TinyLayerConfig> layers;
    TinyLayerConfig next;
    for (std::size_t i = 0; i < mostLayers; ++i) {
        const std::string name = prefix + std::to_string(i);
        next.block = tensors.has(name + ".conv.0.weight");
        if (!next.block && !tensors.has(name + ".weight")) {
            // Nothing is stored of what stands between: an activation after the first convolution, else a doubling.
            (layers.size() == 1 ? next.reluBefore : next.doublesBefore) = true;
            continue;
        }
        const std::string weight = name + (next.block ? ".conv.0.weight" : ".weight");
        next.index = i;
        next.in = tensors.side(weight, 1);
        next.out = tensors.side(weight, 0);
        next.bias = tensors.has(name + ".bias");
        next.halves = encoder && !next.block && !next.bias;
        layers.push_back(std::exchange(next, {}));
    }
    return layers;
}

AutoencoderTiny loadDecoder(const fs::path& path, const ModelInfo& model, const ForwardContext& context)
{
    const std::shared_ptr<const TensorMap> tensors = openPreviewDecoder(path);
    AutoencoderTinyConfig config = deducedTinyConfig(*tensors);
    config.encoder.clear(); // previews are only decoded
    if (config.decoder.front().in != model.latentChannels)
        throw Exception(ErrorCode::BadInput,
                        "this preview decoder takes " + std::to_string(config.decoder.front().in) +
                            " latent channels, the model has " + std::to_string(model.latentChannels),
                        path.string(), "choose one of the model's family");
    return AutoencoderTiny::load(config, Weights(storedWeights(tensors, context)));
}

} // namespace

AutoencoderTinyConfig deducedTinyConfig(const TensorMap& tensors)
{
    AutoencoderTinyConfig config;
    config.decoder = deducedLayers(tensors, "decoder.layers.", false);
    if (tensors.has("encoder.layers.0.weight"))
        config.encoder = deducedLayers(tensors, "encoder.layers.", true);
    return config;
}

void addPreviewDecoder(LoadedModel& model, const fs::path& path, const ForwardContext& context)
{
    model.previewDecoderPath = path;
    if (!path.empty()) {
        model.previewDecoder = loadDecoder(path, model.info, context);
        return;
    }
    const fs::path found = findPreviewDecoder(model.info.family == "sdxl");
    if (found.empty() || model.info.latentRgbFactors)
        return; // a map of the model's own belongs to latents of its own
    try {
        model.previewDecoder = loadDecoder(found, model.info, context);
    } catch (const Exception& e) {
        model.notices.push_back("previews are coarse: " + formatError(e.error()));
    }
}

} // namespace pentimento
