// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/models/layers.h"

#include <optional>
#include <string>
#include <vector>

namespace pentimento {

/// text_encoder/config.json, defaults as in transformers.
struct CLIPTextConfig {
    std::int64_t vocabSize = 49408, hiddenSize = 512, intermediateSize = 2048;
    std::int64_t layers = 12, heads = 8, maxPositions = 77;
    std::string hiddenAct = "quick_gelu"; ///< or "gelu"
    double layerNormEps = 1e-5;
    std::int64_t eosTokenId = 49407;
    std::int64_t projection = 0; ///< width of the pooled embedding; 0: the model has none
};

CLIPTextConfig parseClipTextConfig(const Json& json, const std::string& where);

/// CLIP's text transformer (Radford et al. 2021). Keys with and without the leading "text_model." are the same.
class CLIPTextModel {
public:
    static CLIPTextModel load(const CLIPTextConfig& config, const Weights& weights);
    const CLIPTextConfig& config() const { return m_config; }
    struct Output {
        at::Tensor lastHiddenState;           ///< (n, tokens, hidden), after the final norm
        std::vector<at::Tensor> hiddenStates; ///< (n, tokens, hidden): the embedding and each layer's output
        at::Tensor pooled;                    ///< (n, projection): the end token's state, projected; undefined without
    };
    /// ids (n, tokens) int64; tokens at most maxPositions. `further` (rows, hidden): what ids from vocabSize on mean;
    /// undefined: there are none.
    Output forward(const at::Tensor& ids, const ForwardContext& context, const at::Tensor& further = at::Tensor()) const;
    /// The final norm, for hidden states of earlier layers.
    at::Tensor normed(const at::Tensor& hiddenState) const { return m_finalNorm(hiddenState); }

private:
    struct Layer {
        LayerNorm norm1, norm2;
        Linear query, key, value, out, fc1, fc2;
    };
    at::Tensor activate(const at::Tensor& x) const;
    at::Tensor embedded(const at::Tensor& ids, const at::Tensor& further) const;
    at::Tensor pooled(const at::Tensor& ids, const at::Tensor& lastHiddenState) const;

    CLIPTextConfig m_config;
    at::Tensor m_tokenEmbedding, m_positionEmbedding;
    std::vector<Layer> m_layers;
    LayerNorm m_finalNorm;
    std::optional<Linear> m_textProjection;
};

} // namespace pentimento
