// SPDX-License-Identifier: Apache-2.0
#include "inference/io/deduced_config.h"

#include "inference/api/error.h"

#include <algorithm>
#include <set>

namespace pentimento {
namespace {

constexpr std::int64_t headWidth = 64; // of Stable Diffusion 2, XL and every CLIP text model
constexpr std::int64_t timeIdWidth = 256;

/// Depths of one block's transformers, one per layer; empty without attention.
using Depths = std::vector<std::size_t>;

/// What the keys of an encoder or decoder block show.
struct BlockLayout {
    std::size_t resnets = 0;
    Depths depths;
};

[[noreturn]] void unusual(const std::string& what, const TensorMap& tensors)
{
    throw Exception(ErrorCode::Unsupported, "this network has " + what, tensors.store->files().front()->path().string(),
                    "use a Stable Diffusion model");
}

Depths transformerDepths(const TensorMap& unet, const std::string& attentions)
{
    Depths depths;
    for (std::size_t count = countLayers(unet, attentions, ".proj_in.weight"); depths.size() < count;)
        depths.push_back(
            countLayers(unet, attentions + std::to_string(depths.size()) + ".transformer_blocks.", ".attn2.to_k.weight"));
    return depths;
}

std::vector<BlockLayout> blockLayouts(const TensorMap& unet, const std::string& blocks)
{
    std::vector<BlockLayout> layouts;
    for (;;) {
        const std::string block = blocks + std::to_string(layouts.size());
        const std::size_t resnets = countLayers(unet, block + ".resnets.", ".conv1.weight");
        if (resnets == 0)
            return layouts;
        layouts.push_back({resnets, transformerDepths(unet, block + ".attentions.")});
        const Depths& depths = layouts.back().depths;
        if (!depths.empty() && (depths.size() != resnets || std::count(depths.begin(), depths.end(), 0U) > 0))
            unusual("attention in some layers of " + block + " only", unet);
    }
}

bool uniform(const Depths& depths)
{
    return std::adjacent_find(depths.begin(), depths.end(), std::not_equal_to<>()) == depths.end();
}

Json depthsJson(const Depths& depths, std::size_t withoutAttention)
{
    if (depths.empty())
        return withoutAttention;
    return uniform(depths) ? Json(depths.front()) : Json(depths);
}

/// One number where all transformers are of one depth, else one entry per block as diffusers writes it. `up`: empty for a
/// network without a decoder.
void addDepths(Json& config, const std::vector<BlockLayout>& down, const std::vector<BlockLayout>& up, std::size_t middle,
               const TensorMap& unet)
{
    std::set<std::size_t> different;
    for (const auto* blocks : {&down, &up}) {
        for (const BlockLayout& block : *blocks)
            different.insert(block.depths.begin(), block.depths.end());
    }
    if (middle > 0)
        different.insert(middle);
    if (different.size() <= 1) {
        config["transformer_layers_per_block"] = different.empty() ? 1 : *different.begin();
        return;
    }
    // The middle block takes the depth of the last entry, whether that block attends or not.
    const Depths& last = down.back().depths;
    if (middle > 0 && !last.empty() && last.front() != middle)
        unusual("a middle block of another depth than the block before it", unet);
    Json downDepths = Json::array(), upDepths = Json::array();
    for (std::size_t i = 0; i < down.size(); ++i)
        downDepths.push_back(depthsJson(down[i].depths, i + 1 == down.size() && middle > 0 ? middle : 1));
    bool mirrored = true;
    for (std::size_t i = 0; i < up.size(); ++i) {
        const Depths &own = up[i].depths, &opposite = down[up.size() - 1 - i].depths;
        mirrored = mirrored && uniform(own) && (own.empty() || own.front() == opposite.front());
        upDepths.push_back(depthsJson(own, 1));
    }
    config["transformer_layers_per_block"] = downDepths;
    if (!mirrored)
        config["reverse_transformer_layers_per_block"] = upDepths;
}

/// The first tensor among the blocks' attentions that ends so; blocks in order.
std::string firstAttentionTensor(const std::vector<BlockLayout>& blocks, const std::string& ending, const TensorMap& unet)
{
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        if (!blocks[i].depths.empty())
            return "down_blocks." + std::to_string(i) + ".attentions.0." + ending;
    }
    unusual("no attention", unet);
}

void addDecoder(Json& config, const std::vector<BlockLayout>& down, const std::vector<BlockLayout>& up, const TensorMap& unet)
{
    Json types = Json::array();
    for (std::size_t i = 0; i < up.size(); ++i) {
        const BlockLayout& opposite = down[up.size() - 1 - i];
        if (up[i].resnets != opposite.resnets + 1 || up[i].depths.empty() != opposite.depths.empty())
            unusual("a decoder that does not mirror its encoder", unet);
        types.push_back(up[i].depths.empty() ? "UpBlock2D" : "CrossAttnUpBlock2D");
    }
    config["up_block_types"] = types;
    config["out_channels"] = unet.side("conv_out.weight", 0);
}

/// Everything but depths that UNets and ControlNets have in common.
void addEncoder(Json& config, const std::vector<BlockLayout>& down, std::size_t middle, const TensorMap& unet)
{
    Json types = Json::array(), channels = Json::array(), layers = Json::array();
    for (std::size_t i = 0; i < down.size(); ++i) {
        types.push_back(down[i].depths.empty() ? "DownBlock2D" : "CrossAttnDownBlock2D");
        channels.push_back(unet.side("down_blocks." + std::to_string(i) + ".resnets.0.conv1.weight", 0));
        layers.push_back(down[i].resnets);
    }
    config["in_channels"] = unet.side("conv_in.weight", 1);
    config["down_block_types"] = types;
    config["block_out_channels"] = channels;
    config["layers_per_block"] =
        std::count(layers.begin(), layers.end(), layers[0]) == static_cast<long>(layers.size()) ? layers[0] : layers;

    const std::int64_t context = unet.side(firstAttentionTensor(down, "transformer_blocks.0.attn2.to_k.weight", unet), 1);
    config["cross_attention_dim"] = context;
    // A convolution of 1 x 1 in Stable Diffusion 1, else linear.
    config["use_linear_projection"] = unet.require(firstAttentionTensor(down, "proj_in.weight", unet)).entry->shape.size() == 2;
    // diffusers' name for the number of heads.
    if (context == 768) {
        config["attention_head_dim"] = 8;
    } else {
        config["attention_head_dim"] = Json::array();
        for (const Json& width : channels)
            config["attention_head_dim"].push_back(std::max<std::int64_t>(1, width.get<std::int64_t>() / headWidth));
    }
    if (middle > 0)
        config["mid_block_type"] = "UNetMidBlock2DCrossAttn";
    else
        config["mid_block_type"] = unet.has("mid_block.resnets.0.conv1.weight") ? Json("UNetMidBlock2D") : Json();
    if (unet.has("add_embedding.linear_1.weight")) {
        config["addition_embed_type"] = "text_time";
        config["addition_time_embed_dim"] = timeIdWidth;
        config["projection_class_embeddings_input_dim"] = unet.side("add_embedding.linear_1.weight", 1);
    }
}

std::size_t middleDepth(const TensorMap& unet)
{
    return countLayers(unet, "mid_block.attentions.0.transformer_blocks.", ".attn2.to_k.weight");
}

} // namespace

std::size_t countLayers(const TensorMap& tensors, const std::string& before, const std::string& after)
{
    std::size_t count = 0;
    while (tensors.has(before + std::to_string(count) + after))
        ++count;
    return count;
}

Json deducedUNetConfig(const TensorMap& unet)
{
    const std::vector<BlockLayout> down = blockLayouts(unet, "down_blocks."), up = blockLayouts(unet, "up_blocks.");
    if (down.empty() || down.size() != up.size())
        unusual(std::to_string(down.size()) + " blocks in its encoder and " + std::to_string(up.size()) + " in its decoder",
                unet);
    const std::size_t middle = middleDepth(unet);
    Json config = {{"_class_name", "UNet2DConditionModel"}};
    addDecoder(config, down, up, unet);
    addEncoder(config, down, middle, unet);
    addDepths(config, down, up, middle, unet);
    if (unet.has("time_embedding.cond_proj.weight"))
        config["time_cond_proj_dim"] = unet.side("time_embedding.cond_proj.weight", 1);
    return config;
}

Json deducedControlNetConfig(const TensorMap& network)
{
    const std::vector<BlockLayout> down = blockLayouts(network, "down_blocks.");
    if (down.empty())
        unusual("no blocks", network);
    const std::size_t middle = middleDepth(network);
    Json config = {{"_class_name", "ControlNetModel"}};
    addEncoder(config, down, middle, network);
    addDepths(config, down, {}, middle, network);
    const std::string embedding = "controlnet_cond_embedding.", blocks = embedding + "blocks.";
    Json steps = Json::array({network.side(embedding + "conv_in.weight", 0)});
    for (std::size_t i = 1; i < countLayers(network, blocks, ".weight"); i += 2)
        steps.push_back(network.side(blocks + std::to_string(i) + ".weight", 0));
    config["conditioning_channels"] = network.side(embedding + "conv_in.weight", 1);
    config["conditioning_embedding_out_channels"] = steps;
    return config;
}

Json deducedVaeConfig(const TensorMap& vae, bool xl)
{
    Json channels = Json::array();
    while (vae.has("encoder.down_blocks." + std::to_string(channels.size()) + ".resnets.0.conv1.weight"))
        channels.push_back(vae.side("encoder.down_blocks." + std::to_string(channels.size()) + ".resnets.0.conv1.weight", 0));
    const Json downTypes = std::vector<std::string>(channels.size(), "DownEncoderBlock2D");
    const Json upTypes = std::vector<std::string>(channels.size(), "UpDecoderBlock2D");
    return {{"_class_name", "AutoencoderKL"},
            {"in_channels", vae.side("encoder.conv_in.weight", 1)},
            {"out_channels", vae.side("decoder.conv_out.weight", 0)},
            {"latent_channels", vae.side("decoder.conv_in.weight", 1)},
            {"block_out_channels", channels},
            {"down_block_types", downTypes},
            {"up_block_types", upTypes},
            {"layers_per_block", countLayers(vae, "encoder.down_blocks.0.resnets.", ".conv1.weight")},
            {"mid_block_add_attention", vae.has("encoder.mid_block.attentions.0.to_q.weight")},
            {"use_quant_conv", vae.has("quant_conv.weight")},
            {"use_post_quant_conv", vae.has("post_quant_conv.weight")},
            {"scaling_factor", xl ? 0.13025 : 0.18215},
            {"force_upcast", true}};
}

Json deducedTextConfig(const TensorMap& text, const TextEncoderKind& kind)
{
    const std::string embedding = "text_model.embeddings.token_embedding.weight", layers = "text_model.encoder.layers.";
    const std::int64_t words = text.side(embedding, 0), width = text.side(embedding, 1);
    const std::size_t count = countLayers(text, layers, ".mlp.fc1.weight");
    Json config = {{"model_type", "clip_text_model"},
                   {"architectures", Json::array({kind.projected ? "CLIPTextModelWithProjection" : "CLIPTextModel"})},
                   {"vocab_size", words},
                   {"hidden_size", width},
                   {"intermediate_size", text.side(layers + "0.mlp.fc1.weight", 0)},
                   {"num_hidden_layers", kind.dropLast && count > 1 ? count - 1 : count},
                   {"num_attention_heads", std::max<std::int64_t>(1, width / headWidth)},
                   {"max_position_embeddings", text.side("text_model.embeddings.position_embedding.weight", 0)},
                   {"hidden_act", kind.openClip ? "gelu" : "quick_gelu"},
                   {"layer_norm_eps", 1e-5},
                   {"bos_token_id", words - 2},
                   {"eos_token_id", words - 1}};
    if (kind.projected)
        config["projection_dim"] = text.side("text_projection.weight", text.require("text_projection.weight").transposed ? 1 : 0);
    return config;
}

} // namespace pentimento
