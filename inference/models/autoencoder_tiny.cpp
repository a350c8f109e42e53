// SPDX-License-Identifier: Apache-2.0
#include "inference/models/autoencoder_tiny.h"

#include <ATen/ATen.h>

namespace pentimento {
namespace {

constexpr double latentMagnitude = 3;

} // namespace

std::vector<AutoencoderTiny::Layer> AutoencoderTiny::loadLayers(const std::vector<TinyLayerConfig>& configs,
                                                                const Weights& weights)
{
    std::vector<Layer> layers;
    for (const TinyLayerConfig& config : configs) {
        const Weights scope = weights / config.index;
        Layer layer{config, {}, {}};
        if (!config.block) {
            layer.conv = Conv2d::load(scope, config.in, config.out, 3, config.halves ? 2 : 1, config.bias);
        } else {
            const Weights conv = scope / "conv";
            layer.block = Block{Conv2d::load(conv / 0, config.in, config.out, 3),
                                Conv2d::load(conv / 2, config.out, config.out, 3),
                                Conv2d::load(conv / 4, config.out, config.out, 3),
                                {}};
            if (config.in != config.out)
                layer.block->skip = Conv2d::load(scope / "skip", config.in, config.out, 1, 1, false);
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

AutoencoderTiny AutoencoderTiny::load(const AutoencoderTinyConfig& config, const Weights& weights)
{
    AutoencoderTiny tiny;
    tiny.m_encoder = loadLayers(config.encoder, weights / "encoder" / "layers");
    tiny.m_decoder = loadLayers(config.decoder, weights / "decoder" / "layers");
    return tiny;
}

at::Tensor AutoencoderTiny::run(const std::vector<Layer>& layers, at::Tensor x, const ForwardContext& context)
{
    for (const Layer& layer : layers) {
        if (layer.config.reluBefore)
            x = at::relu(x);
        if (layer.config.doublesBefore)
            x = at::upsample_nearest2d(x, {x.size(2) * 2, x.size(3) * 2});
        if (layer.conv) {
            x = (*layer.conv)(x, context);
            continue;
        }
        at::Tensor inner = at::relu(layer.block->first(x, context));
        inner = at::relu(layer.block->second(inner, context));
        inner = layer.block->third(inner, context);
        x = at::relu(inner + (layer.block->skip ? (*layer.block->skip)(x, context) : x));
    }
    return x;
}

at::Tensor AutoencoderTiny::encode(const at::Tensor& picture, const ForwardContext& context) const
{
    return run(m_encoder, ((picture + 1) / 2).contiguous(at::MemoryFormat::ChannelsLast), context);
}

at::Tensor AutoencoderTiny::decode(const at::Tensor& latents, const ForwardContext& context) const
{
    const at::Tensor soft = at::tanh(latents / latentMagnitude) * latentMagnitude;
    return run(m_decoder, soft.contiguous(at::MemoryFormat::ChannelsLast), context) * 2 - 1;
}

} // namespace pentimento
