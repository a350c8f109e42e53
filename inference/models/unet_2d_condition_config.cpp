// SPDX-License-Identifier: Apache-2.0
#include "inference/models/unet_2d_condition_model.h"

#include <algorithm>

namespace pentimento {
namespace {

[[noreturn]] void unsupported(const std::string& what, const std::string& where)
{
    throw Exception(ErrorCode::Unsupported, "this UNet has " + what, where, "use a Stable Diffusion model");
}

void checkBlockTypes(const std::vector<std::string>& types, const char* direction, std::size_t count, const std::string& where)
{
    if (types.size() != count)
        throw Exception(ErrorCode::BadInput, "the numbers of blocks and of block_out_channels differ", where,
                        "get a fresh copy of the file");
    const std::string plain = std::string(direction) + "Block2D", cross = std::string("CrossAttn") + plain;
    for (const std::string& type : types) {
        if (type != plain && type != cross)
            unsupported("a block of type " + type, where);
    }
}

/// One depth per block and layer; a block's entry may be a number or a list with one per layer (SSD-1B).
std::vector<std::vector<int>> transformerDepths(const Json& json, const char* key, const std::vector<std::size_t>& layers,
                                                const std::string& where)
{
    std::vector<std::vector<int>> depths;
    const auto it = json.find(key);
    const bool each = it != json.end() && it->is_array();
    if (each && it->size() != layers.size())
        throwJsonType(key, "one entry per block", where);
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const Json block = each ? (*it)[i] : it != json.end() && !it->is_null() ? *it : Json(1);
        if (!block.is_array()) {
            depths.emplace_back(layers[i], jsonInt(block, key, where));
            continue;
        }
        std::vector<int>& own = depths.emplace_back();
        for (const Json& depth : block)
            own.push_back(jsonInt(depth, key, where));
        if (own.size() != layers[i])
            throwJsonType(key, "one depth per layer", where);
    }
    for (const std::vector<int>& block : depths) {
        if (std::any_of(block.begin(), block.end(), [](int depth) { return depth < 0 || depth > 32; }))
            throwJsonType(key, "from 0 to 32", where);
    }
    return depths;
}

void readUpTransformerDepths(const Json& json, UNet2DConditionConfig& config, const std::string& where)
{
    std::vector<std::size_t> up;
    for (auto it = config.layersPerBlock.rbegin(); it != config.layersPerBlock.rend(); ++it)
        up.push_back(static_cast<std::size_t>(*it) + 1);
    if (json.contains("reverse_transformer_layers_per_block") && !json["reverse_transformer_layers_per_block"].is_null()) {
        config.upTransformerLayers = transformerDepths(json, "reverse_transformer_layers_per_block", up, where);
        return;
    }
    for (std::size_t i = 0; i < up.size(); ++i)
        config.upTransformerLayers.emplace_back(up[i], config.transformerLayers[up.size() - 1 - i].front());
}

bool saneWidth(std::int64_t width)
{
    return width >= 0 && width <= 16384 && width % 2 == 0;
}

[[noreturn]] void misfit(const char* what, const std::string& where)
{
    throw Exception(ErrorCode::BadInput, std::string(what) + " do not fit each other", where, "get a fresh copy of the file");
}

void readAddedConditions(const Json& json, UNetEncoderConfig& config, const std::string& where)
{
    const auto kind = jsonValue<std::string>(json, "addition_embed_type", {}, where);
    if (!kind.empty() && kind != "text_time")
        unsupported("added conditions of type " + kind, where);
    if (kind == "text_time") {
        config.additionTimeEmbedDim = jsonValue<std::int64_t>(json, "addition_time_embed_dim", 256, where);
        config.additionInputDim = jsonValue<std::int64_t>(json, "projection_class_embeddings_input_dim", 2816, where);
    }
    if (!saneWidth(config.additionTimeEmbedDim) || !saneWidth(config.additionInputDim) ||
        (kind == "text_time" && (config.additionTimeEmbedDim == 0 || config.additionInputDim == 0)))
        misfit("the sizes of the added conditions", where);
}

} // namespace

UNetEncoderConfig parseUNetEncoderConfig(const Json& json, const std::string& where)
{
    UNetEncoderConfig config;
    using Strings = std::vector<std::string>;
    config.blockOutChannels = jsonValue(json, "block_out_channels", std::vector<int>{320, 640, 1280, 1280}, where);
    const std::size_t count = config.blockOutChannels.size();
    config.downBlockTypes =
        jsonValue(json, "down_block_types",
                  Strings{"CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"}, where);
    if (count == 0)
        throw Exception(ErrorCode::BadInput, "block_out_channels is empty", where, "get a fresh copy of the file");
    checkBlockTypes(config.downBlockTypes, "Down", count, where);
    const bool midGiven = json.contains("mid_block_type");
    config.midBlockType = midGiven ? jsonValue<std::string>(json, "mid_block_type", {}, where) : "UNetMidBlock2DCrossAttn";
    if (!config.midBlockType.empty() && config.midBlockType != "UNetMidBlock2DCrossAttn" &&
        config.midBlockType != "UNetMidBlock2D")
        unsupported("a middle block of type " + config.midBlockType, where);
    config.inChannels = jsonValue<std::int64_t>(json, "in_channels", 4, where);
    config.layersPerBlock = jsonIntList(json, "layers_per_block", count, 2, where);
    // diffusers' historical quirk: without num_attention_heads, attention_head_dim is the number of heads.
    const bool headsGiven = json.contains("num_attention_heads") && !json["num_attention_heads"].is_null();
    config.heads = jsonIntList(json, headsGiven ? "num_attention_heads" : "attention_head_dim", count, 8, where);
    config.crossAttentionDim = jsonIntList(json, "cross_attention_dim", count, 1280, where);
    config.normGroups = jsonValue<std::int64_t>(json, "norm_num_groups", 32, where);
    config.normEps = jsonValue(json, "norm_eps", 1e-5, where);
    config.flipSinToCos = jsonValue(json, "flip_sin_to_cos", true, where);
    config.freqShift = jsonValue(json, "freq_shift", 0.0, where);

    const auto refuse = [&](const char* key) {
        const auto it = json.find(key);
        if (it != json.end() && !it->is_null() && *it != false)
            unsupported("the option " + std::string(key), where);
    };
    for (const char* key : {"class_embed_type", "encoder_hid_dim_type", "dual_cross_attention", "only_cross_attention",
                            "class_embeddings_concat", "num_class_embeds", "resnet_skip_time_act", "center_input_sample"})
        refuse(key);
    if (jsonValue<std::string>(json, "resnet_time_scale_shift", "default", where) != "default" ||
        jsonValue<std::string>(json, "act_fn", "silu", where) != "silu" ||
        jsonValue<std::string>(json, "time_embedding_type", "positional", where) != "positional")
        unsupported("another activation or time embedding than Stable Diffusion", where);
    const bool inChannelsSane = config.inChannels > 0 && config.inChannels <= 64;
    for (std::size_t i = 0; i < count; ++i) {
        const int channels = config.blockOutChannels[i], heads = config.heads[i], layers = config.layersPerBlock[i];
        if (!inChannelsSane || config.normGroups <= 0 || channels <= 0 || channels > 16384 || channels % config.normGroups != 0 ||
            heads <= 0 || channels % heads != 0 || layers <= 0 || layers > 16 || config.crossAttentionDim[i] <= 0)
            misfit("the sizes in this config", where);
    }
    config.transformerLayers = transformerDepths(json, "transformer_layers_per_block",
                                                 {config.layersPerBlock.begin(), config.layersPerBlock.end()}, where);
    readAddedConditions(json, config, where);
    return config;
}

UNet2DConditionConfig parseUNetConfig(const Json& json, const std::string& where)
{
    UNet2DConditionConfig config;
    static_cast<UNetEncoderConfig&>(config) = parseUNetEncoderConfig(json, where);
    config.upBlockTypes =
        jsonValue(json, "up_block_types",
                  std::vector<std::string>{"UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"}, where);
    checkBlockTypes(config.upBlockTypes, "Up", config.blockOutChannels.size(), where);
    config.sampleSize = jsonValue<std::int64_t>(json, "sample_size", 64, where);
    config.outChannels = jsonValue<std::int64_t>(json, "out_channels", 4, where);
    readUpTransformerDepths(json, config, where);
    config.timeCondProjDim = jsonValue<std::int64_t>(json, "time_cond_proj_dim", 0, where);
    if (!saneWidth(config.timeCondProjDim))
        misfit("the sizes of the added conditions", where);
    return config;
}

} // namespace pentimento
