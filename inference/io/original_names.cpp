// SPDX-License-Identifier: Apache-2.0
#include "inference/io/original_names.h"

#include <array>
#include <utility>

namespace pentimento {
namespace {

using Renaming = std::pair<std::string_view, std::string_view>; ///< beginnings, with their last dot

constexpr std::array<Renaming, 6> unetResnet = {{{"in_layers.0.", "norm1."},
                                                 {"in_layers.2.", "conv1."},
                                                 {"emb_layers.1.", "time_emb_proj."},
                                                 {"out_layers.0.", "norm2."},
                                                 {"out_layers.3.", "conv2."},
                                                 {"skip_connection.", "conv_shortcut."}}};
constexpr std::array<Renaming, 9> unetRoot = {{{"time_embed.0.", "time_embedding.linear_1."},
                                               {"time_embed.2.", "time_embedding.linear_2."},
                                               {"time_embedding.cond_proj.", "time_embedding.cond_proj."},
                                               {"label_emb.0.0.", "add_embedding.linear_1."},
                                               {"label_emb.0.2.", "add_embedding.linear_2."},
                                               {"out.0.", "conv_norm_out."},
                                               {"out.2.", "conv_out."},
                                               {"input_blocks.0.0.", "conv_in."},
                                               {"middle_block.1.", "mid_block.attentions.0."}}};
constexpr std::array<Renaming, 5> vaeResnet = {{{"norm1.", "norm1."},
                                                {"conv1.", "conv1."},
                                                {"norm2.", "norm2."},
                                                {"conv2.", "conv2."},
                                                {"nin_shortcut.", "conv_shortcut."}}};
constexpr std::array<Renaming, 5> vaeAttention = {
    {{"norm.", "group_norm."}, {"q.", "to_q."}, {"k.", "to_k."}, {"v.", "to_v."}, {"proj_out.", "to_out.0."}}};
constexpr std::array<Renaming, 4> vaeRoot = {{{"quant_conv.", "quant_conv."},
                                              {"encoder.quant_conv.", "quant_conv."},
                                              {"post_quant_conv.", "post_quant_conv."},
                                              {"decoder.post_quant_conv.", "post_quant_conv."}}};
constexpr std::array<Renaming, 5> openClipLayer = {{{"ln_1.", "layer_norm1."},
                                                    {"ln_2.", "layer_norm2."},
                                                    {"mlp.c_fc.", "mlp.fc1."},
                                                    {"mlp.c_proj.", "mlp.fc2."},
                                                    {"attn.out_proj.", "self_attn.out_proj."}}};

template <std::size_t N> std::string renamed(std::string_view key, const std::array<Renaming, N>& table)
{
    for (const auto& [from, to] : table) {
        if (key.starts_with(from))
            return std::string(to) + std::string(key.substr(from.size()));
    }
    return {};
}

/// `head` before a name, which stays empty where it is.
std::string below(const std::string& head, const std::string& name)
{
    return name.empty() ? name : head + name;
}

/// What follows the first `count` parts.
std::string_view after(std::string_view key, std::size_t count)
{
    for (; count > 0 && !key.empty(); --count) {
        const std::size_t dot = key.find('.');
        key = dot == std::string_view::npos ? std::string_view() : key.substr(dot + 1);
    }
    return key;
}

std::string numbered(const char* blocks, std::size_t block, const char* layers, std::size_t layer)
{
    return blocks + std::to_string(block) + layers + std::to_string(layer) + ".";
}

std::string inputBlockName(std::string_view key, std::size_t index, std::size_t perLevel)
{
    const std::size_t block = (index - 1) / perLevel, layer = (index - 1) % perLevel;
    const std::string_view rest = after(key, 2), inner = after(rest, 1);
    if (rest.starts_with("0.op."))
        return numbered("down_blocks.", block, ".downsamplers.", 0) + "conv." + std::string(after(rest, 2));
    if (rest.starts_with("0."))
        return below(numbered("down_blocks.", block, ".resnets.", layer), renamed(inner, unetResnet));
    if (rest.starts_with("1."))
        return numbered("down_blocks.", block, ".attentions.", layer) + std::string(inner);
    return {};
}

std::string outputBlockName(std::string_view key, std::size_t index, std::size_t perLevel)
{
    const std::size_t block = index / perLevel, layer = index % perLevel;
    const std::string_view rest = after(key, 2), inner = after(rest, 1);
    // The upsampler comes last: second where there is no attention, else third.
    if (rest.starts_with("1.conv.") || rest.starts_with("2.conv."))
        return numbered("up_blocks.", block, ".upsamplers.", 0) + std::string(inner);
    if (rest.starts_with("0."))
        return below(numbered("up_blocks.", block, ".resnets.", layer), renamed(inner, unetResnet));
    if (rest.starts_with("1."))
        return numbered("up_blocks.", block, ".attentions.", layer) + std::string(inner);
    return {};
}

/// Below "encoder." or "decoder.".
std::string coderName(std::string_view key, bool decoder, std::size_t levels)
{
    if (key.starts_with("conv_in.") || key.starts_with("conv_out."))
        return std::string(key);
    if (key.starts_with("norm_out."))
        return "conv_" + std::string(key);
    if (key.starts_with("mid.block_1."))
        return below("mid_block.resnets.0.", renamed(after(key, 2), vaeResnet));
    if (key.starts_with("mid.block_2."))
        return below("mid_block.resnets.1.", renamed(after(key, 2), vaeResnet));
    if (key.starts_with("mid.attn_1."))
        return below("mid_block.attentions.0.", renamed(after(key, 2), vaeAttention));
    const std::vector<std::string_view> parts = keyParts(key);
    if (parts.size() < 4 || parts[0] != (decoder ? "up" : "down"))
        return {};
    const int original = keyIndex(parts[1]), resnet = keyIndex(parts[3]);
    if (original < 0 || static_cast<std::size_t>(original) >= levels)
        return {};
    const std::size_t level = decoder ? levels - 1 - static_cast<std::size_t>(original) : static_cast<std::size_t>(original);
    const char* blocks = decoder ? "up_blocks." : "down_blocks.";
    if (parts[2] == "block" && resnet >= 0)
        return below(numbered(blocks, level, ".resnets.", static_cast<std::size_t>(resnet)), renamed(after(key, 4), vaeResnet));
    if (parts[2] == (decoder ? "upsample" : "downsample") && parts[3] == "conv")
        return numbered(blocks, level, decoder ? ".upsamplers." : ".downsamplers.", 0) + std::string(after(key, 3));
    return {};
}

} // namespace

std::vector<std::string_view> keyParts(std::string_view key)
{
    std::vector<std::string_view> parts;
    for (std::size_t begin = 0;;) {
        const std::size_t dot = key.find('.', begin);
        parts.push_back(key.substr(begin, dot == std::string_view::npos ? dot : dot - begin));
        if (dot == std::string_view::npos)
            return parts;
        begin = dot + 1;
    }
}

int keyIndex(std::string_view part)
{
    if (part.empty() || part.size() > 3)
        return -1;
    int value = 0;
    for (const char c : part) {
        if (c < '0' || c > '9')
            return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

std::string diffusersUNetName(std::string_view key, std::size_t blocksPerLevel)
{
    if (std::string name = renamed(key, unetRoot); !name.empty())
        return name;
    if (key.starts_with("middle_block.0."))
        return below("mid_block.resnets.0.", renamed(after(key, 2), unetResnet));
    if (key.starts_with("middle_block.2."))
        return below("mid_block.resnets.1.", renamed(after(key, 2), unetResnet));
    const std::vector<std::string_view> parts = keyParts(key);
    const int index = parts.size() > 3 ? keyIndex(parts[1]) : -1;
    if (parts[0] == "input_blocks" && index > 0)
        return inputBlockName(key, static_cast<std::size_t>(index), blocksPerLevel);
    if (parts[0] == "output_blocks" && index >= 0)
        return outputBlockName(key, static_cast<std::size_t>(index), blocksPerLevel);
    return {};
}

std::string diffusersControlNetName(std::string_view key, std::size_t blocksPerLevel)
{
    const std::vector<std::string_view> parts = keyParts(key);
    if (parts.size() == 4 && parts[0] == "zero_convs")
        return "controlnet_down_blocks." + std::string(parts[1]) + "." + std::string(parts[3]);
    if (parts.size() == 3 && parts[0] == "middle_block_out")
        return "controlnet_mid_block." + std::string(parts[2]);
    if (parts.size() != 3 || parts[0] != "input_hint_block")
        return diffusersUNetName(key, blocksPerLevel);
    // Convolutions with an activation between each two.
    constexpr int last = 14;
    const int index = keyIndex(parts[1]);
    if (index < 0 || index % 2 != 0 || index > last)
        return {};
    const std::string layer = index == 0 ? "conv_in" : index == last ? "conv_out" : "blocks." + std::to_string(index / 2 - 1);
    return "controlnet_cond_embedding." + layer + "." + std::string(parts[2]);
}

std::string diffusersVaeName(std::string_view key, std::size_t levels)
{
    if (std::string name = renamed(key, vaeRoot); !name.empty())
        return name;
    const bool decoder = key.starts_with("decoder.");
    if (!decoder && !key.starts_with("encoder."))
        return {};
    return below(decoder ? "decoder." : "encoder.", coderName(key.substr(8), decoder, levels));
}

std::string transformersTextName(std::string_view key)
{
    if (key.starts_with("text_model."))
        key.remove_prefix(11);
    // position_ids are 0 to 76 whatever a merge made of them.
    if (key == "embeddings.position_ids")
        return {};
    if (key.starts_with("embeddings.") || key.starts_with("encoder.layers.") || key.starts_with("final_layer_norm."))
        return "text_model." + std::string(key);
    return key == "text_projection.weight" ? std::string(key) : std::string();
}

std::vector<RenamedTensor> openClipTensors(std::string_view key)
{
    if (key == "positional_embedding")
        return {{"text_model.embeddings.position_embedding.weight"}};
    if (key == "token_embedding.weight")
        return {{"text_model.embeddings.token_embedding.weight"}};
    if (key.starts_with("ln_final."))
        return {{"text_model.final_layer_norm." + std::string(after(key, 1))}};
    // A bare parameter is multiplied from the other side than a layer's weight.
    if (key == "text_projection")
        return {{"text_projection.weight", -1, true}};
    if (key == "text_projection.weight")
        return {{"text_projection.weight"}};
    const std::vector<std::string_view> parts = keyParts(key);
    if (parts.size() < 4 || parts[0] != "transformer" || parts[1] != "resblocks" || keyIndex(parts[2]) < 0)
        return {};
    const std::string layer = "text_model.encoder.layers." + std::string(parts[2]) + ".";
    const std::string_view rest = after(key, 3);
    for (const char* kind : {"weight", "bias"}) {
        if (rest == std::string("attn.in_proj_") + kind)
            return {{layer + "self_attn.q_proj." + kind, 0},
                    {layer + "self_attn.k_proj." + kind, 1},
                    {layer + "self_attn.v_proj." + kind, 2}};
    }
    if (std::string name = below(layer, renamed(rest, openClipLayer)); !name.empty())
        return {{std::move(name)}};
    return {};
}

} // namespace pentimento
