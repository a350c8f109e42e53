// SPDX-License-Identifier: Apache-2.0
#include "inference/models/clip_text_model.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace pentimento {

CLIPTextConfig parseClipTextConfig(const Json& json, const std::string& where)
{
    CLIPTextConfig config;
    config.vocabSize = jsonValue<std::int64_t>(json, "vocab_size", 49408, where);
    config.hiddenSize = jsonValue<std::int64_t>(json, "hidden_size", 512, where);
    config.intermediateSize = jsonValue<std::int64_t>(json, "intermediate_size", 2048, where);
    config.layers = jsonValue<std::int64_t>(json, "num_hidden_layers", 12, where);
    config.heads = jsonValue<std::int64_t>(json, "num_attention_heads", 8, where);
    config.maxPositions = jsonValue<std::int64_t>(json, "max_position_embeddings", 77, where);
    config.hiddenAct = jsonValue<std::string>(json, "hidden_act", "quick_gelu", where);
    config.layerNormEps = jsonValue(json, "layer_norm_eps", 1e-5, where);
    config.eosTokenId = jsonValue<std::int64_t>(json, "eos_token_id", 49407, where);
    // Every config has projection_dim; only the class with this name has the layer.
    const auto classes = jsonValue(json, "architectures", std::vector<std::string>{}, where);
    if (std::find(classes.begin(), classes.end(), "CLIPTextModelWithProjection") != classes.end())
        config.projection = jsonValue<std::int64_t>(json, "projection_dim", 512, where);
    if (config.hiddenAct != "quick_gelu" && config.hiddenAct != "gelu")
        throw Exception(ErrorCode::Unsupported, "this text encoder uses the activation " + config.hiddenAct, where,
                        "use a Stable Diffusion model");
    const bool sane = config.vocabSize > 2 && config.vocabSize < (1 << 20) && config.hiddenSize > 0 &&
                      config.hiddenSize < 16384 && config.intermediateSize > 0 && config.intermediateSize < 65536 &&
                      config.layers > 0 && config.layers < 128 && config.heads > 0 && config.hiddenSize % config.heads == 0 &&
                      config.maxPositions > 2 && config.maxPositions < 4096 && config.projection >= 0 &&
                      config.projection < 16384;
    if (!sane)
        throw Exception(ErrorCode::BadInput, "the sizes in this config do not fit each other", where,
                        "get a fresh copy of the file");
    return config;
}

CLIPTextModel CLIPTextModel::load(const CLIPTextConfig& config, const Weights& weights)
{
    const Weights root = weights.has("text_model.embeddings.token_embedding.weight") ? weights / "text_model" : weights;
    const std::int64_t hidden = config.hiddenSize, inner = config.intermediateSize;
    CLIPTextModel model;
    model.m_config = config;
    model.m_tokenEmbedding = root.get("embeddings.token_embedding.weight", {config.vocabSize, hidden});
    model.m_positionEmbedding = root.get("embeddings.position_embedding.weight", {config.maxPositions, hidden});
    for (std::size_t i = 0; i < static_cast<std::size_t>(config.layers); ++i) {
        const Weights scope = root / "encoder" / "layers" / i;
        const Weights attention = scope / "self_attn";
        Layer layer;
        layer.norm1 = LayerNorm::load(scope / "layer_norm1", hidden, config.layerNormEps);
        layer.query = Linear::load(attention / "q_proj", hidden, hidden);
        layer.key = Linear::load(attention / "k_proj", hidden, hidden);
        layer.value = Linear::load(attention / "v_proj", hidden, hidden);
        layer.out = Linear::load(attention / "out_proj", hidden, hidden);
        layer.norm2 = LayerNorm::load(scope / "layer_norm2", hidden, config.layerNormEps);
        layer.fc1 = Linear::load(scope / "mlp" / "fc1", hidden, inner);
        layer.fc2 = Linear::load(scope / "mlp" / "fc2", inner, hidden);
        model.m_layers.push_back(std::move(layer));
    }
    model.m_finalNorm = LayerNorm::load(root / "final_layer_norm", hidden, config.layerNormEps);
    if (config.projection > 0)
        model.m_textProjection = Linear::load(weights / "text_projection", hidden, config.projection, false);
    return model;
}

at::Tensor CLIPTextModel::activate(const at::Tensor& x) const
{
    return m_config.hiddenAct == "gelu" ? at::gelu(x) : x * at::sigmoid(x * 1.702);
}

at::Tensor CLIPTextModel::embedded(const at::Tensor& ids, const at::Tensor& further) const
{
    if (!further.defined())
        return at::embedding(m_tokenEmbedding, ids);
    const at::Tensor beyond = ids.ge(m_config.vocabSize);
    return at::where(beyond.unsqueeze(2), at::embedding(further, (ids - m_config.vocabSize).clamp_min(0)),
                     at::embedding(m_tokenEmbedding, ids.masked_fill(beyond, 0)));
}

at::Tensor CLIPTextModel::pooled(const at::Tensor& ids, const at::Tensor& lastHiddenState) const
{
    // Old configs say 2 where the end token is the highest id (transformers keeps that reading).
    const at::Tensor known = ids.masked_fill(ids.ge(m_config.vocabSize), 0);
    const at::Tensor ends = m_config.eosTokenId == 2 ? known.argmax(1) : ids.eq(m_config.eosTokenId).to(at::kInt).argmax(1);
    const at::Tensor states = lastHiddenState.index({at::arange(ids.size(0)), ends});
    return (*m_textProjection)(states.unsqueeze(0)).squeeze(0);
}

CLIPTextModel::Output CLIPTextModel::forward(const at::Tensor& ids, const ForwardContext& context,
                                             const at::Tensor& further) const
{
    const std::int64_t n = ids.size(0), tokens = ids.size(1), heads = m_config.heads, dim = m_config.hiddenSize / heads;
    at::Tensor x = embedded(ids, further) + m_positionEmbedding.narrow(0, 0, tokens);
    const at::Tensor mask = at::full({tokens, tokens}, -std::numeric_limits<float>::infinity(), x.options()).triu(1);
    const auto split = [&](const at::Tensor& y) { return y.view({n, tokens, heads, dim}).transpose(1, 2); };
    Output output;
    for (std::size_t i = 0; i < m_layers.size(); ++i) {
        context.poll();
        const Layer& layer = m_layers[i];
        output.hiddenStates.push_back(x);
        const at::Tensor normed = layer.norm1(x);
        const at::Tensor query = split(layer.query(normed)) * (1.0 / std::sqrt(static_cast<double>(dim)));
        const at::Tensor scores = at::matmul(query, split(layer.key(normed)).transpose(-1, -2)) + mask;
        const at::Tensor mixed = at::matmul(at::softmax(scores, -1), split(layer.value(normed)));
        x = x + layer.out(mixed.transpose(1, 2).reshape({n, tokens, m_config.hiddenSize}));
        x = x + layer.fc2(activate(layer.fc1(layer.norm2(x))));
    }
    output.hiddenStates.push_back(x);
    output.lastHiddenState = m_finalNorm(x);
    if (m_textProjection)
        output.pooled = pooled(ids, output.lastHiddenState);
    return output;
}

} // namespace pentimento
