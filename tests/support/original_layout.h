// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/io/model_parts.h"
#include "inference/io/safetensors_writer.h"

#include <algorithm>
#include <cstring>
#include <stdexcept>

namespace pentimento::testing {

/// Beginnings of names, each with its last dot: the original repositories' and diffusers'.
struct NamePair {
    std::string original, diffusers;
};
using NamePairs = std::vector<NamePair>;

inline void addResnet(NamePairs& pairs, const std::string& original, const std::string& diffusers)
{
    pairs.push_back({original + "in_layers.0.", diffusers + "norm1."});
    pairs.push_back({original + "in_layers.2.", diffusers + "conv1."});
    pairs.push_back({original + "emb_layers.1.", diffusers + "time_emb_proj."});
    pairs.push_back({original + "out_layers.0.", diffusers + "norm2."});
    pairs.push_back({original + "out_layers.3.", diffusers + "conv2."});
    pairs.push_back({original + "skip_connection.", diffusers + "conv_shortcut."});
}

/// Walks through a UNet in the order in which the original builds its two lists of blocks. `attention`: by level.
inline NamePairs unetPairs(const std::vector<bool>& attention, int layers)
{
    const auto text = [](std::size_t number) { return std::to_string(number); };
    NamePairs pairs = {{"time_embed.0.", "time_embedding.linear_1."},
                       {"time_embed.2.", "time_embedding.linear_2."},
                       {"label_emb.0.0.", "add_embedding.linear_1."},
                       {"label_emb.0.2.", "add_embedding.linear_2."},
                       {"input_blocks.0.0.", "conv_in."},
                       {"out.0.", "conv_norm_out."},
                       {"out.2.", "conv_out."},
                       {"middle_block.1.", "mid_block.attentions.0."}};
    addResnet(pairs, "middle_block.0.", "mid_block.resnets.0.");
    addResnet(pairs, "middle_block.2.", "mid_block.resnets.1.");
    std::size_t block = 0;
    for (std::size_t level = 0; level < attention.size(); ++level) {
        const std::string down = "down_blocks." + text(level);
        for (int layer = 0; layer < layers; ++layer) {
            const std::string original = "input_blocks." + text(++block), number = std::to_string(layer) + ".";
            addResnet(pairs, original + ".0.", down + ".resnets." + number);
            if (attention[level])
                pairs.push_back({original + ".1.", down + ".attentions." + number});
        }
        if (level + 1 < attention.size())
            pairs.push_back({"input_blocks." + text(++block) + ".0.op.", down + ".downsamplers.0.conv."});
    }
    block = 0;
    for (std::size_t level = attention.size(); level-- > 0;) {
        const std::string up = "up_blocks." + text(attention.size() - 1 - level);
        for (int layer = 0; layer <= layers; ++layer, ++block) {
            const std::string original = "output_blocks." + text(block), number = std::to_string(layer) + ".";
            addResnet(pairs, original + ".0.", up + ".resnets." + number);
            if (attention[level])
                pairs.push_back({original + ".1.", up + ".attentions." + number});
            if (layer == layers && level > 0)
                pairs.push_back({original + (attention[level] ? ".2.conv." : ".1.conv."), up + ".upsamplers.0.conv."});
        }
    }
    return pairs;
}

/// `attention`: by level, `layers` on each.
inline NamePairs controlNetPairs(const std::vector<bool>& attention, int layers)
{
    NamePairs pairs = {{"middle_block_out.0.", "controlnet_mid_block."},
                       {"input_hint_block.0.", "controlnet_cond_embedding.conv_in."},
                       {"input_hint_block.14.", "controlnet_cond_embedding.conv_out."}};
    for (int i = 0; i < 6; ++i)
        pairs.push_back({"input_hint_block." + std::to_string(2 + 2 * i) + ".",
                         "controlnet_cond_embedding.blocks." + std::to_string(i) + "."});
    const int skips = static_cast<int>(attention.size()) * (layers + 1);
    for (int i = 0; i < skips; ++i)
        pairs.push_back({"zero_convs." + std::to_string(i) + ".0.", "controlnet_down_blocks." + std::to_string(i) + "."});
    for (NamePair& pair : unetPairs(attention, layers)) {
        if (!pair.original.starts_with("out"))
            pairs.push_back(std::move(pair));
    }
    return pairs;
}

inline NamePairs vaePairs(std::size_t levels, int layers)
{
    NamePairs pairs = {{"quant_conv.", "quant_conv."}, {"post_quant_conv.", "post_quant_conv."}};
    const auto addVaeResnet = [&](const std::string& original, const std::string& diffusers) {
        for (const char* same : {"norm1.", "conv1.", "norm2.", "conv2."})
            pairs.push_back({original + same, diffusers + same});
        pairs.push_back({original + "nin_shortcut.", diffusers + "conv_shortcut."});
    };
    for (const std::string coder : {"encoder.", "decoder."}) {
        const bool encoder = coder == "encoder.";
        pairs.push_back({coder + "conv_in.", coder + "conv_in."});
        pairs.push_back({coder + "conv_out.", coder + "conv_out."});
        pairs.push_back({coder + "norm_out.", coder + "conv_norm_out."});
        addVaeResnet(coder + "mid.block_1.", coder + "mid_block.resnets.0.");
        addVaeResnet(coder + "mid.block_2.", coder + "mid_block.resnets.1.");
        const std::string attention = coder + "mid.attn_1.", own = coder + "mid_block.attentions.0.";
        for (const auto& [original, diffusers] :
             NamePairs{{"norm.", "group_norm."}, {"q.", "to_q."}, {"k.", "to_k."}, {"v.", "to_v."}, {"proj_out.", "to_out.0."}})
            pairs.push_back({attention + original, own + diffusers});
        for (std::size_t block = 0; block < levels; ++block) {
            // The original numbers both halves from the picture, diffusers the decoder from the latents.
            const std::string number = std::to_string(encoder ? block : levels - 1 - block);
            const std::string original = coder + (encoder ? "down." : "up.") + number;
            const std::string diffusers = coder + (encoder ? "down_blocks." : "up_blocks.") + std::to_string(block);
            for (int layer = 0; layer < layers + (encoder ? 0 : 1); ++layer)
                addVaeResnet(original + ".block." + std::to_string(layer) + ".",
                             diffusers + ".resnets." + std::to_string(layer) + ".");
            pairs.push_back({original + (encoder ? ".downsample." : ".upsample."),
                             diffusers + (encoder ? ".downsamplers.0." : ".upsamplers.0.")});
        }
    }
    return pairs;
}

inline NamePairs openClipPairs(int layers)
{
    NamePairs pairs = {{"token_embedding.", "embeddings.token_embedding."}, {"ln_final.", "final_layer_norm."}};
    for (int i = 0; i < layers; ++i) {
        const std::string number = std::to_string(i) + ".", original = "transformer.resblocks." + number,
                          own = "encoder.layers." + number;
        for (const auto& [from, to] : NamePairs{{"ln_1.", "layer_norm1."},
                                                {"ln_2.", "layer_norm2."},
                                                {"mlp.c_fc.", "mlp.fc1."},
                                                {"mlp.c_proj.", "mlp.fc2."},
                                                {"attn.out_proj.", "self_attn.out_proj."}})
            pairs.push_back({original + from, own + to});
    }
    return pairs;
}

inline TensorData copied(const StoredTensor& tensor, const std::string& name)
{
    return {name, tensor.entry->dtype, tensor.entry->shape, {tensor.data(), tensor.data() + tensor.entry->bytes}};
}

/// Every tensor of `network` under its original name. Throws for one that no pair, or more than one, knows.
inline std::vector<TensorData> renamed(const TensorMap& network, const NamePairs& pairs, const std::string& prefix)
{
    std::vector<TensorData> tensors;
    for (const auto& [name, tensor] : network.tensors) {
        const auto fits = [&](const NamePair& pair) { return name.starts_with(pair.diffusers); };
        if (std::count_if(pairs.begin(), pairs.end(), fits) != 1)
            throw std::runtime_error("not one original name for " + name);
        const NamePair& pair = *std::find_if(pairs.begin(), pairs.end(), fits);
        tensors.push_back(copied(tensor, prefix + pair.original + name.substr(pair.diffusers.size())));
        // The original's attention in the autoencoder is made of convolutions.
        if (pair.original.find(".attn_1.") != std::string::npos && tensors.back().shape.size() == 2)
            tensors.back().shape.insert(tensors.back().shape.end(), {1, 1});
    }
    return tensors;
}

/// Without the level that some versions of transformers write.
inline TensorMap withoutLevel(TensorMap text)
{
    std::map<std::string, StoredTensor, std::less<>> tensors;
    for (const auto& [name, tensor] : text.tensors)
        tensors.emplace(name.starts_with("text_model.") ? name.substr(11) : name, tensor);
    text.tensors = std::move(tensors);
    return text;
}

/// A text encoder of transformers as OpenCLIP keeps it: query, key and value in one, the projection transposed.
inline std::vector<TensorData> asOpenClip(TensorMap rest, int layers, const std::string& prefix)
{
    std::vector<TensorData> tensors;
    const auto take = [&](const std::string& name) {
        TensorData data = copied(rest.require(name), name);
        rest.tensors.erase(name);
        return data;
    };
    tensors.push_back(take("embeddings.position_embedding.weight"));
    tensors.back().name = prefix + "positional_embedding";
    for (int i = 0; i < layers; ++i) {
        const std::string number = std::to_string(i);
        for (const std::string kind : {"weight", "bias"}) {
            TensorData packed;
            for (const char* part : {"q_proj.", "k_proj.", "v_proj."}) {
                const TensorData one = take("encoder.layers." + number + ".self_attn." + part + kind);
                packed.bytes.insert(packed.bytes.end(), one.bytes.begin(), one.bytes.end());
                packed.shape = one.shape;
            }
            packed.shape[0] *= 3;
            packed.name = prefix + "transformer.resblocks." + number + ".attn.in_proj_" + kind;
            tensors.push_back(std::move(packed));
        }
    }
    if (rest.has("text_projection.weight")) {
        const TensorData projection = take("text_projection.weight");
        const auto rows = static_cast<std::size_t>(projection.shape[0]), columns = static_cast<std::size_t>(projection.shape[1]);
        TensorData bare{prefix + "text_projection", Dtype::F32, {projection.shape[1], projection.shape[0]}, projection.bytes};
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j)
                std::memcpy(&bare.bytes[(j * rows + i) * 4], &projection.bytes[(i * columns + j) * 4], 4);
        tensors.push_back(std::move(bare));
    }
    for (TensorData& tensor : renamed(rest, openClipPairs(layers), prefix))
        tensors.push_back(std::move(tensor));
    return tensors;
}

/// A reference model's folder ("sd15-inpaint", "sd2-...", "sdxl-...") as one file in the original layout.
inline void writeOriginal(const ModelParts& folder, const std::string& family, const std::filesystem::path& file)
{
    const int textLayers = 3; // of the reference models
    std::vector<TensorData> all;
    const auto add = [&](std::vector<TensorData> tensors) { std::move(tensors.begin(), tensors.end(), std::back_inserter(all)); };
    const bool xl = family == "sdxl";
    add(renamed(*folder.unet.tensors, unetPairs(xl ? std::vector{false, true, true} : std::vector{true, true, false}, 1),
                "model.diffusion_model."));
    add(renamed(*folder.vae.tensors, vaePairs(4, 1), "first_stage_model."));
    const TensorMap& text = *folder.textEncoders.front().network.tensors;
    const NamePairs same = {{"text_model.embeddings.", "embeddings."},
                            {"text_model.encoder.", "encoder."},
                            {"text_model.final_layer_norm.", "final_layer_norm."}};
    if (family == "sd15")
        add(renamed(text, same, "cond_stage_model.transformer."));
    if (xl) {
        add(renamed(text, same, "conditioner.embedders.0.transformer."));
        add(asOpenClip(withoutLevel(*folder.textEncoders.back().network.tensors), textLayers, "conditioner.embedders.1.model."));
    }
    if (family == "sd2") {
        const std::string prefix = "cond_stage_model.model.";
        add(asOpenClip(text, textLayers, prefix));
        // One layer more than diffusers has, and a projection that nobody uses.
        const std::string last = prefix + "transformer.resblocks." + std::to_string(textLayers - 1) + ".";
        for (std::size_t i = 0, count = all.size(); i < count; ++i) {
            if (!all[i].name.starts_with(last))
                continue;
            TensorData more = all[i];
            more.name = prefix + "transformer.resblocks." + std::to_string(textLayers) + "." + more.name.substr(last.size());
            std::fill(more.bytes.begin(), more.bytes.end(), std::byte{0x7f}); // NaN, should it be used
            all.push_back(std::move(more));
        }
        all.push_back({prefix + "text_projection", Dtype::F32, {32, 32}, std::vector<std::byte>(4096, std::byte{0x7f})});
    }
    // What files in the wild carry besides.
    const std::int64_t step = 875000;
    all.push_back(tensorData("global_step", {}, &step));
    const std::vector<float> noise(8, 1.0F);
    all.push_back(tensorData("model_ema.diffusion_modelout2bias", {8}, noise.data()));
    all.push_back(tensorData("cond_stage_model.transformer.text_model.embeddings.position_ids", {1, 8}, noise.data()));
    writeSafetensors(file, all);
}

} // namespace pentimento::testing
