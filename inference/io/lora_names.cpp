// SPDX-License-Identifier: Apache-2.0
#include "inference/io/lora_names.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace pentimento {
namespace {

struct Suffix {
    std::string_view text;
    LoraPart part;
};
// Of two that both end a key the longer one stands first.
constexpr std::array suffixes = {
    Suffix{".lora_linear_layer.down.weight", LoraPart::Down},
    Suffix{".lora_linear_layer.up.weight", LoraPart::Up},
    Suffix{".lora_down.weight", LoraPart::Down},
    Suffix{".lora_up.weight", LoraPart::Up},
    Suffix{".lora_mid.weight", LoraPart::Mid},
    Suffix{".lora.down.weight", LoraPart::Down},
    Suffix{".lora.up.weight", LoraPart::Up},
    Suffix{"_lora.down.weight", LoraPart::Down},
    Suffix{"_lora.up.weight", LoraPart::Up},
    Suffix{".lora_A.weight", LoraPart::Down},
    Suffix{".lora_B.weight", LoraPart::Up},
    Suffix{".lora_magnitude_vector.weight", LoraPart::Magnitude},
    Suffix{".lora_magnitude_vector", LoraPart::Magnitude},
    Suffix{".alpha", LoraPart::Alpha},
    Suffix{".scale", LoraPart::Scale},
    Suffix{".dora_scale", LoraPart::DoraScale},
    Suffix{".hada_w1_a", LoraPart::HadaW1A},
    Suffix{".hada_w1_b", LoraPart::HadaW1B},
    Suffix{".hada_w2_a", LoraPart::HadaW2A},
    Suffix{".hada_w2_b", LoraPart::HadaW2B},
    Suffix{".hada_t1", LoraPart::HadaT1},
    Suffix{".hada_t2", LoraPart::HadaT2},
    Suffix{".lokr_w1", LoraPart::LokrW1},
    Suffix{".lokr_w1_a", LoraPart::LokrW1A},
    Suffix{".lokr_w1_b", LoraPart::LokrW1B},
    Suffix{".lokr_w2", LoraPart::LokrW2},
    Suffix{".lokr_w2_a", LoraPart::LokrW2A},
    Suffix{".lokr_w2_b", LoraPart::LokrW2B},
    Suffix{".lokr_t2", LoraPart::LokrT2},
    Suffix{".diff", LoraPart::Diff},
    Suffix{".diff_b", LoraPart::DiffBias},
    Suffix{".w_norm", LoraPart::Diff},
    Suffix{".b_norm", LoraPart::DiffBias},
};

struct Prefix {
    std::string_view text;
    LoraTarget target;
    bool part; ///< belongs to the module's name
};
constexpr std::array prefixes = {
    Prefix{"lora_unet_", LoraTarget::UNet, false},
    Prefix{"lycoris_", LoraTarget::UNet, false},
    Prefix{"lora_te1_", LoraTarget::TextEncoder, false},
    Prefix{"lora_te2_", LoraTarget::TextEncoder2, false},
    Prefix{"lora_te_", LoraTarget::TextEncoder, false},
    Prefix{"unet.", LoraTarget::UNet, false},
    Prefix{"diffusion_model.", LoraTarget::UNet, false},
    Prefix{"text_encoder.", LoraTarget::TextEncoder, false},
    Prefix{"text_encoder_2.", LoraTarget::TextEncoder2, false},
    // Files of one network only name no network.
    Prefix{"down_blocks.", LoraTarget::UNet, true},
    Prefix{"mid_block.", LoraTarget::UNet, true},
    Prefix{"up_blocks.", LoraTarget::UNet, true},
    Prefix{"input_blocks.", LoraTarget::UNet, true},
    Prefix{"middle_block.", LoraTarget::UNet, true},
    Prefix{"output_blocks.", LoraTarget::UNet, true},
    Prefix{"text_model.", LoraTarget::TextEncoder, true},
};

struct Refusal {
    std::string_view text;
    const char* kind;
};
constexpr std::array refusals = {
    Refusal{"lora_transformer_", "a LoRA for Stable Diffusion 3 or Flux"},
    Refusal{"single_blocks", "a LoRA for Flux"},
    Refusal{"double_blocks", "a LoRA for Flux"},
    Refusal{"single_transformer_blocks", "a LoRA for Flux"},
    Refusal{"joint_blocks", "a LoRA for Stable Diffusion 3"},
    Refusal{"motion_modules", "a motion module of AnimateDiff"},
    Refusal{"lora_controlnet", "a control LoRA"},
    Refusal{"lllite_unet_", "a ControlNet-LLLite"},
    Refusal{".oft_", "an OFT adapter"},
    Refusal{".boft_", "a BOFT adapter"},
    Refusal{".on_input", "an IA3 adapter"},
    Refusal{".a1.weight", "a GLoRA adapter"},
};

void replaceAll(std::string& text, std::string_view from, std::string_view to)
{
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

std::vector<std::string> partsOf(std::string_view key)
{
    std::vector<std::string> parts;
    for (std::size_t from = 0; from <= key.size();) {
        const std::size_t dot = std::min(key.find('.', from), key.size());
        parts.emplace_back(key.substr(from, dot - from));
        from = dot + 1;
    }
    return parts;
}

/// Parts from `first` on, each after an underscore.
std::string rest(const std::vector<std::string>& parts, std::size_t first)
{
    std::string text;
    for (std::size_t i = first; i < parts.size(); ++i)
        text += "_" + parts[i];
    return text;
}

int number(const std::string& text)
{
    int value = -1;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    return problem == std::errc() && end == text.data() + text.size() && value < 1000 ? value : -1;
}

std::string originalResnetPart(const std::string& part)
{
    static const std::map<std::string, std::string> names = {
        {"norm1", "in_layers_0"},  {"conv1", "in_layers_2"},          {"norm2", "out_layers_0"},
        {"conv2", "out_layers_3"}, {"time_emb_proj", "emb_layers_1"}, {"conv_shortcut", "skip_connection"}};
    const auto it = names.find(part);
    return it == names.end() ? std::string() : "_" + it->second;
}

/// BLOCK_i_0_RESNET or BLOCK_i_1_ATTENTION.
std::string originalBlock(const std::string& block, const std::vector<std::string>& parts, std::size_t kind)
{
    if (parts[kind] == "attentions")
        return block + "_1" + rest(parts, kind + 2);
    const std::string inner = parts.size() == kind + 3 ? originalResnetPart(parts[kind + 2]) : std::string();
    return inner.empty() ? inner : block + "_0" + inner;
}

} // namespace

std::optional<LoraKey> parseLoraKey(std::string_view key)
{
    std::string text(key);
    replaceAll(text, ".default.", "."); // peft's adapter name
    if (text.ends_with(".default"))
        text.resize(text.size() - 8);
    if (text.starts_with("base_model.model."))
        text.erase(0, 17);
    const auto suffix = std::find_if(suffixes.begin(), suffixes.end(), [&](const Suffix& s) { return text.ends_with(s.text); });
    const auto prefix = std::find_if(prefixes.begin(), prefixes.end(), [&](const Prefix& p) { return text.starts_with(p.text); });
    if (suffix == suffixes.end() || prefix == prefixes.end() || text.size() <= suffix->text.size() + prefix->text.size())
        return std::nullopt;
    LoraKey parsed;
    parsed.name = text.substr(0, text.size() - suffix->text.size());
    parsed.target = prefix->target;
    parsed.part = suffix->part;
    std::string module = parsed.name.substr(prefix->part ? 0 : prefix->text.size());
    replaceAll(module, ".processor.", "."); // diffusers once kept them in the attention processors
    parsed.module = flatModuleName(module);
    if (parsed.module.ends_with("_to_out"))
        parsed.module += "_0";
    return parsed;
}

std::string refusedAdapter(std::string_view key)
{
    const auto it = std::find_if(refusals.begin(), refusals.end(),
                                 [&](const Refusal& refusal) { return key.find(refusal.text) != std::string_view::npos; });
    return it == refusals.end() ? std::string() : it->kind;
}

std::string flatModuleName(std::string_view module)
{
    std::string flat(module);
    std::replace(flat.begin(), flat.end(), '.', '_');
    return flat.starts_with("text_model_") ? flat.substr(11) : flat;
}

std::vector<std::string> originalModuleNames(std::string_view module, int blocksPerLevel)
{
    static const std::map<std::string, std::string, std::less<>> single = {{"conv_in", "input_blocks_0_0"},
                                                                           {"conv_norm_out", "out_0"},
                                                                           {"conv_out", "out_2"},
                                                                           {"time_embedding.linear_1", "time_embed_0"},
                                                                           {"time_embedding.linear_2", "time_embed_2"},
                                                                           {"add_embedding.linear_1", "label_emb_0_0"},
                                                                           {"add_embedding.linear_2", "label_emb_0_2"}};
    if (const auto it = single.find(module); it != single.end())
        return {it->second};
    const std::vector<std::string> parts = partsOf(module);
    const auto named = [](std::string name) {
        return name.empty() ? std::vector<std::string>() : std::vector<std::string>{std::move(name)};
    };
    if (parts.size() >= 4 && parts[0] == "mid_block") {
        const int index = number(parts[2]);
        if (parts[1] == "attentions")
            return {"middle_block_1" + rest(parts, 3)};
        const std::string inner = originalResnetPart(parts[3]);
        return named(inner.empty() || index < 0 ? std::string() : "middle_block_" + std::to_string(2 * index) + inner);
    }
    const bool down = parts[0] == "down_blocks";
    if (parts.size() < 5 || !(down || parts[0] == "up_blocks"))
        return {};
    const int level = number(parts[1]), index = number(parts[3]);
    if (level < 0 || index < 0)
        return {};
    const auto block = [&](int i) {
        return (down ? "input_blocks_" : "output_blocks_") + std::to_string(level * blocksPerLevel + i + (down ? 1 : 0));
    };
    if (parts[2] == "downsamplers")
        return {block(blocksPerLevel - 1) + "_0_op"};
    if (parts[2] == "upsamplers") // the last child of its block, with or without an attention before it
        return {block(blocksPerLevel - 1) + "_2_conv", block(blocksPerLevel - 1) + "_1_conv"};
    return named(originalBlock(block(index), parts, 2));
}

} // namespace pentimento
