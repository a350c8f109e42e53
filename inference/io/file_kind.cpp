// SPDX-License-Identifier: Apache-2.0
// What a .safetensors file is that cannot be run as a model, told by the names of its tensors.
#include "inference/io/file_kind.h"

#include "inference/api/error.h"

#include <algorithm>
#include <array>

namespace pentimento {
namespace {

/// `text` is found anywhere in the name of a tensor.
struct Mark {
    const char* text;
    const char* meaning;
};

constexpr std::array<Mark, 16> otherArchitectures = {{
    {"joint_blocks.", "this is a Stable Diffusion 3 model"},
    {"double_blocks.", "this is a Flux model"},
    {"clip_txt_mapper.", "this is a Stable Cascade model"},
    {"clf.1.weight", "this is a Stable Cascade model"},
    {"time_stack.", "this is a video model"},
    {"time_mixer.", "this is a video model"},
    {"motion_modules.", "this is an AnimateDiff motion model"},
    {"cond_stage_model.roberta.", "this is an AltDiffusion model"},
    {"depth_model.", "this is a depth model, which needs a depth map as second picture"},
    {"embedder.model.visual.", "this is an unCLIP model, which takes a picture for a prompt"},
    {"edm_mean", "this model (Playground 2.5) is sampled by another schedule (EDM)"},
    {"edm_vpred.sigma_max", "this model (CosXL) is sampled by another schedule (EDM)"},
    {".comfy_quant", "this model is quantised layer by layer for ComfyUI"},
    {".weight_format", "this model is quantised in a format of its own"},
    {".qweight", "this model is quantised in a format of its own"},
    {".absmax", "this model is quantised by bitsandbytes"},
}};

const char* const notAlone = "choose a whole model; this file only changes one";

constexpr std::array<Mark, 22> otherFiles = {{
    {"lora_down.", "a LoRA"},
    {"lora_up.", "a LoRA"},
    {".lora_A.", "a LoRA"},
    {"lora.down.", "a LoRA"},
    {"lora_linear_layer.", "a LoRA"},
    {"hada_w1", "a LoRA (LoHa)"},
    {"lokr_w", "a LoRA (LoKr)"},
    {"dora_scale", "a LoRA (DoRA)"},
    {"lllite_unet_", "a ControlNet-LLLite"},
    {"lora_controlnet", "a control LoRA"},
    {"control_model.", "a ControlNet"},
    {"controlnet_cond_embedding.", "a ControlNet"},
    {"zero_convs.", "a ControlNet"},
    {"input_hint_block.", "a ControlNet"},
    {"ip_adapter.", "an IP-Adapter"},
    {"image_proj.", "an IP-Adapter"},
    {"emb_params", "an embedding (textual inversion)"},
    {"string_to_param", "an embedding (textual inversion)"},
    {"encoder.layers.0.conv.", "a preview decoder (TAESD)"},
    {"decoder.layers.1.conv.", "a preview decoder (TAESD)"},
    {"taesd_", "a preview decoder (TAESD)"},
    {"vision_model.", "an image encoder"},
}};

const TensorEntry* containing(const TensorStore& file, const char* text)
{
    const auto& tensors = file.tensors();
    const auto it = std::find_if(tensors.begin(), tensors.end(),
                                 [text](const TensorEntry* entry) { return entry->name.find(text) != std::string::npos; });
    return it == tensors.end() ? nullptr : *it;
}

std::string pathOf(const TensorStore& file)
{
    return file.files().front()->path().string();
}

/// One or two tables of a few rows, such as diffusers' <token> or SDXL's clip_l and clip_g.
bool isEmbedding(const TensorStore& file)
{
    const auto& tensors = file.tensors();
    return !tensors.empty() && tensors.size() <= 2 && std::all_of(tensors.begin(), tensors.end(), [](const TensorEntry* entry) {
        return !entry->shape.empty() && entry->shape.size() <= 2 && entry->name.find('.') == std::string::npos;
    });
}

[[noreturn]] void refuse(const TensorStore& file, const std::string& what, const std::string& remedy)
{
    throw Exception(ErrorCode::BadInput, what, pathOf(file), remedy);
}

} // namespace

std::string changeKind(const TensorStore& file)
{
    for (const Mark& kind : otherFiles) {
        if (containing(file, kind.text))
            return kind.meaning;
    }
    return isEmbedding(file) ? "an embedding (textual inversion)" : std::string();
}

void refuseOtherArchitecture(const TensorStore& file)
{
    for (const Mark& mark : otherArchitectures) {
        if (const TensorEntry* entry = containing(file, mark.text))
            throw Exception(ErrorCode::Unsupported, mark.meaning, pathOf(file) + ", tensor " + entry->name,
                            "use a Stable Diffusion 1, 2 or XL model");
    }
}

void refuseIncomplete(const TensorStore& file, bool unet, bool vae, bool text)
{
    if (const std::string kind = changeKind(file); !kind.empty())
        refuse(file, "this is " + kind + ", no model", notAlone);
    const std::string whole = "get the full checkpoint, with UNet, VAE and text encoder in one file";
    if (unet && !vae && !text)
        refuse(file, "this file holds a UNet alone", whole);
    if (unet)
        refuse(file, vae ? "the file has no text encoder that fits its UNet" : "the file has no VAE", whole);
    if (containing(file, "down_blocks.0.resnets.0.time_emb_proj."))
        refuse(file, "this is the UNet of a diffusers folder alone",
               "choose the folder that holds model_index.json, with this file in its folder unet");
    if (vae || containing(file, "decoder.up_blocks."))
        refuse(file, "this is a VAE, no model", whole);
    if (text || containing(file, "embeddings.token_embedding.weight"))
        refuse(file, "this is a text encoder, no model", whole);
    refuse(file, "this is no Stable Diffusion checkpoint: it has no tensor model.diffusion_model.input_blocks.0.0.weight",
           "choose a Stable Diffusion 1, 2 or XL model");
}

} // namespace pentimento
