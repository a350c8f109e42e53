// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/image.h"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace pentimento {

enum class Task {
    Inpaint,   ///< a picture and a mask
    Transform, ///< a picture alone: image to image
    Generate   ///< neither: text to image
};
enum class Mode { Fill, Erase, Refine, Expand };
enum class Prefill { Auto, None, Neutral, PullPush };
enum class CropKind { Auto, None, Exact };

struct Crop {
    CropKind kind = CropKind::Auto;
    Rect rect; ///< for Exact, in picture pixels
};

/// How the painted mask becomes an edit region. Absent numbers are chosen from the mask's size (features.md 2.1, 2.2).
struct EditOptions {
    Crop crop;
    std::optional<int> padding; ///< context around the mask's box, px
    std::optional<int> grow;    ///< px
    std::optional<int> feather; ///< px
    bool softMask = false;      ///< false: mask is binary, > 127 is repainted
    std::optional<Size> size;   ///< working size; height 0: width is the longer side
    bool colorMatch = true;     ///< draw the result's colours and grain to the picture's
};

/// A LoRA file and how strongly it counts: 1 as trained, negative away from it, 0 not at all.
struct LoraChoice {
    std::filesystem::path path;
    double weight = 1;
    bool operator==(const LoraChoice&) const = default;
};

/// What a ControlNet looks at. All but Picture are made of the control's own picture, else of the one that is worked on.
enum class ControlSource {
    Picture,  ///< the control's own picture, as it is
    Canny,    ///< edges, white on black
    Lineart,  ///< its dark lines, white on black
    Scribble, ///< the same, broad and without shades
    Inpaint   ///< the picture with what is masked marked, for ControlNets that were trained to inpaint
};

/// A ControlNet and the picture that steers it. The picture is stretched over the one that is worked on.
struct ControlChoice {
    std::filesystem::path model; ///< a ControlNetModel folder or file
    Image image;                 ///< 1..4 channels; empty: the one that is worked on, not for Picture
    double scale = 1;            ///< 0 does nothing, at most 10
    double start = 0, end = 1;   ///< the part of the run in which it steers, 0..1, start below end
    ControlSource source = ControlSource::Picture;
};

/// One job, by value. Absent numbers come from the model (runDefaults).
struct Request {
    Task task = Task::Inpaint;
    Mode mode = Mode::Fill;
    Image image;                 ///< 1..4 channels, 8 or 16 bit
    Image mask;                  ///< grey, 8 bit, the picture's size; white is repainted
    std::filesystem::path model; ///< resolved: a model folder or file
    std::filesystem::path vae;   ///< a VAE folder or file in place of the model's own; empty: its own
    /// A tiny autoencoder (TAESD), folder or file, that decodes previews; empty: the model's linear map.
    std::filesystem::path previewDecoder;
    std::string prompt;
    std::string negativePrompt;
    std::vector<LoraChoice> loras;       ///< applied in this order; the prompts may name more (<lora:NAME:0.7>)
    std::vector<ControlChoice> controls; ///< their effects add up
    bool requireInpaintModel = false;    ///< refuse a model that is not made for inpainting
    std::optional<int> steps;
    std::optional<double> guidance;
    std::optional<double> strength;
    std::string scheduler;  ///< empty: the model's choice for the mode
    std::uint64_t seed = 0; ///< picture i of a batch has seed + i
    int batch = 1;
    double eta = 0;
    std::optional<int> clipSkip; ///< leave out this many last layers of the text encoder
    EditOptions edit;
    Prefill prefill = Prefill::Auto;
    std::string device = "auto"; ///< "auto" or "cpu"
    std::string dtype = "auto";  ///< "auto" or "float32"
    int threads = 0;             ///< 0: all cores
    int previewEvery = 0;        ///< > 0: every N steps the preview goes through the VAE
    bool reference = false;      ///< exactly what diffusers' pipeline computes on the whole picture
    std::filesystem::path dump;  ///< safetensors file of intermediate values; empty: none
};

} // namespace pentimento
