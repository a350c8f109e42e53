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

struct Kind {
    const char* text;
    const char* meaning;
    const char* remedy;
};

constexpr std::array<Kind, 22> otherFiles = {{
    {"lora_down.", "this is a LoRA, no model", notAlone},
    {"lora_up.", "this is a LoRA, no model", notAlone},
    {".lora_A.", "this is a LoRA, no model", notAlone},
    {"lora.down.", "this is a LoRA, no model", notAlone},
    {"lora_linear_layer.", "this is a LoRA, no model", notAlone},
    {"hada_w1", "this is a LoRA (LoHa), no model", notAlone},
    {"lokr_w", "this is a LoRA (LoKr), no model", notAlone},
    {"dora_scale", "this is a LoRA (DoRA), no model", notAlone},
    {"lllite_unet_", "this is a ControlNet-LLLite, no model", notAlone},
    {"lora_controlnet", "this is a control LoRA, no model", notAlone},
    {"control_model.", "this is a ControlNet, no model", notAlone},
    {"controlnet_cond_embedding.", "this is a ControlNet, no model", notAlone},
    {"zero_convs.", "this is a ControlNet, no model", notAlone},
    {"input_hint_block.", "this is a ControlNet, no model", notAlone},
    {"ip_adapter.", "this is an IP-Adapter, no model", notAlone},
    {"image_proj.", "this is an IP-Adapter, no model", notAlone},
    {"emb_params", "this is an embedding (textual inversion), no model", notAlone},
    {"string_to_param", "this is an embedding (textual inversion), no model", notAlone},
    {"encoder.layers.0.conv.", "this is a preview decoder (TAESD), no model", notAlone},
    {"decoder.layers.1.conv.", "this is a preview decoder (TAESD), no model", notAlone},
    {"taesd_", "this is a preview decoder (TAESD), no model", notAlone},
    {"vision_model.", "this is an image encoder, no model", notAlone},
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
    for (const Kind& kind : otherFiles) {
        if (containing(file, kind.text))
            refuse(file, kind.meaning, kind.remedy);
    }
    if (isEmbedding(file))
        refuse(file, "this is an embedding (textual inversion), no model", notAlone);
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
