// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/job_key_table.h"

#include <array>
#include <cmath>
#include <limits>

namespace pentimento {
namespace {

constexpr std::size_t longestPrompt = 64 * 1024;

[[noreturn]] void wrongType(const char* expected, const ValuePlace& at)
{
    throw Exception(at.code, std::string("this should be ") + expected, at.name, "write it so");
}

std::string text(const Json& value, const ValuePlace& at)
{
    if (!value.is_string())
        wrongType("a text", at);
    return value.get<std::string>();
}

std::string promptText(const Json& value, const ValuePlace& at)
{
    std::string prompt = text(value, at);
    if (prompt.size() > longestPrompt)
        throw Exception(at.code, "the prompt is too long", at.name, "write at most 64 kB");
    return prompt;
}

int whole(const Json& value, const ValuePlace& at)
{
    const double number = value.is_number() ? value.get<double>() : std::nan("");
    if (!(std::abs(number) <= std::numeric_limits<int>::max()) || number != std::floor(number))
        wrongType("a whole number", at);
    return static_cast<int>(number);
}

double number(const Json& value, const ValuePlace& at)
{
    if (!value.is_number())
        wrongType("a number", at);
    return value.get<double>();
}

bool flag(const Json& value, const ValuePlace& at)
{
    if (!value.is_boolean())
        wrongType("true or false", at);
    return value.get<bool>();
}

/// 512 as "512", so that text and number go one way.
std::string textOrWhole(const Json& value, const ValuePlace& at)
{
    if (value.is_string())
        return value.get<std::string>();
    if (!value.is_number_integer())
        wrongType("a whole number or a text", at);
    return value.dump();
}

std::vector<std::string> texts(const Json& value, const ValuePlace& at)
{
    if (!value.is_array())
        return {text(value, at)};
    std::vector<std::string> list;
    for (std::size_t i = 0; i < value.size(); ++i)
        list.push_back(text(value[i], {at.name + "[" + std::to_string(i) + "]", at.code}));
    return list;
}

std::vector<double> numbers(const Json& value, const ValuePlace& at)
{
    if (!value.is_array())
        return {number(value, at)};
    std::vector<double> list;
    for (std::size_t i = 0; i < value.size(); ++i)
        list.push_back(number(value[i], {at.name + "[" + std::to_string(i) + "]", at.code}));
    return list;
}

std::string sides(const Json& value, const ValuePlace& at)
{
    if (value.is_string())
        return value.get<std::string>();
    if (!value.is_array() || value.size() != 4)
        wrongType("a text or four whole numbers", at);
    std::string list;
    for (const Json& side : value)
        list += (list.empty() ? "" : ",") + std::to_string(whole(side, at));
    return list;
}

std::filesystem::path path(const Json& value, const ValuePlace& at, const KeyTarget& target)
{
    const std::string name = text(value, at);
    if (name.empty())
        throw Exception(at.code, "the path is empty", at.name, "name a file");
    return target.rules.folder / name;
}

/// What is looked up by name; over the network never a path, so that nobody reaches files that were not put there. A
/// relative path is one from the job file.
std::string name(const std::string& value, const ValuePlace& at, const KeyTarget& target)
{
    const bool isPath = value.find_first_of("/\\") != std::string::npos || value == "." || value == "..";
    if (isPath && target.rules.network)
        throw Exception(at.code, "this should be a name, not a path", at.name, "use a name that the server lists");
    return isPath ? (target.rules.folder / value).string() : value;
}

void setTask(const Json& value, const ValuePlace& at, KeyTarget& target)
{
    const std::string operation = text(value, at);
    if (operation == "ImageInpaint" || operation == "inpaint")
        target.task = Task::Inpaint;
    else if (operation == "ImageTransform" || operation == "transform")
        target.task = Task::Transform;
    else if (operation == "ImageGeneration" || operation == "generate")
        target.task = Task::Generate;
    else
        throw Exception(at.code, "there is no operation \"" + operation + "\"", at.name,
                        "give ImageInpaint, ImageTransform or ImageGeneration");
}

void setFormat(const Json& value, const ValuePlace& at, KeyTarget& target)
{
    const std::string format = text(value, at);
    if (format == "png")
        target.draft.job.format = FileFormat::Png;
    else if (format == "jpeg" || format == "jpg")
        target.draft.job.format = FileFormat::Jpeg;
    else if (format == "webp")
        target.draft.job.format = FileFormat::WebP;
    else
        throw Exception(at.code, "\"" + format + "\" is no format that can be written", at.name, "give png, jpeg or webp");
}

void setSeed(const Json& value, const ValuePlace& at, KeyTarget& target)
{
    target.request().seed = parseSeed(textOrWhole(value, at), at);
}

void setLoras(const Json& value, const ValuePlace& at, KeyTarget& target)
{
    for (const std::string& lora : texts(value, at))
        target.draft.loras.push_back(name(lora, at, target));
}

/// Each "canny", "canny:PICTURE" or "PICTURE"; the pictures as `source` makes them of what is written.
template <typename MakeSource> void setControls(const Json& value, const ValuePlace& at, KeyTarget& target, MakeSource source)
{
    for (std::string& written : texts(value, at)) {
        ControlDraft control;
        control.source = takeControlSource(written);
        if (!written.empty() || control.source == ControlSource::Picture)
            control.picture = source(std::move(written));
        target.draft.controls.push_back(std::move(control));
    }
}

void setControlModels(const Json& value, const ValuePlace& at, KeyTarget& target)
{
    for (const std::string& model : texts(value, at))
        target.draft.controlModels.push_back(name(model, at, target));
}

void setColorMatch(const Json& value, const ValuePlace& at, KeyTarget& target)
{
    target.request().edit.colorMatch = value.is_boolean() ? value.get<bool>() : parseOnOff(text(value, at), at);
}

void refuseMemory(const Json&, const ValuePlace& at, KeyTarget&)
{
    throw Exception(ErrorCode::Unsupported, "this is not available in this version", at.name, "leave it out");
}

using Target = KeyTarget&;
using At = const ValuePlace&;
using Value = const Json&;
constexpr bool anywhere = false, filesOnly = true;

const std::array table{
    JobKeyEntry{{"operation", KeyKind::Text, anywhere, "ImageInpaint, ImageTransform or ImageGeneration"}, setTask},
    JobKeyEntry{{"init_image", KeyKind::Picture, anywhere, "Picture to edit"},
                [](Value v, At at, Target t) {
                    t.draft.image = {at.name, text(v, at), {}};
                }},
    JobKeyEntry{{"init_image_path", KeyKind::Text, filesOnly, "File of the picture to edit"},
                [](Value v, At at, Target t) {
                    t.draft.image = {at.name, {}, path(v, at, t)};
                }},
    JobKeyEntry{{"mask_image", KeyKind::Picture, anywhere, "White is repainted, black is kept"},
                [](Value v, At at, Target t) {
                    t.draft.mask = {at.name, text(v, at), {}};
                }},
    JobKeyEntry{{"mask_image_path", KeyKind::Text, filesOnly, "File of the mask"},
                [](Value v, At at, Target t) {
                    t.draft.mask = {at.name, {}, path(v, at, t)};
                }},
    JobKeyEntry{{"output_path", KeyKind::Text, filesOnly, "File to write: .png, .jpg or .webp"},
                [](Value v, At at, Target t) { t.draft.job.files.output = path(v, at, t); }},
    JobKeyEntry{{"prompt", KeyKind::Text, anywhere, "What should be there"},
                [](Value v, At at, Target t) { t.request().prompt = promptText(v, at); }},
    JobKeyEntry{{"negative_prompt", KeyKind::Text, anywhere, "What should not be there"},
                [](Value v, At at, Target t) { t.request().negativePrompt = promptText(v, at); }},
    JobKeyEntry{{"model", KeyKind::Text, anywhere, "Name, folder or file of the model"},
                [](Value v, At at, Target t) { t.draft.model = name(text(v, at), at, t); }},
    JobKeyEntry{{"vae", KeyKind::Text, filesOnly, "VAE to use in place of the model's own, file or folder"},
                [](Value v, At at, Target t) { t.request().vae = path(v, at, t); }},
    JobKeyEntry{{"preview_decoder", KeyKind::Text, filesOnly, "TAESD that decodes previews, file or folder"},
                [](Value v, At at, Target t) { t.request().previewDecoder = path(v, at, t); }},
    JobKeyEntry{{"require_inpaint_model", KeyKind::Flag, anywhere, "Refuse a model that is not made for inpainting"},
                [](Value v, At at, Target t) { t.request().requireInpaintModel = flag(v, at); }},
    JobKeyEntry{{"lora", KeyKind::Texts, anywhere, "LoRA to apply, FILE or FILE:WEIGHT; repeatable"}, setLoras},
    JobKeyEntry{{"mode", KeyKind::Text, anywhere, "fill, erase or refine; default: fill with a prompt, else erase"},
                [](Value v, At at, Target t) { t.mode = parseMode(text(v, at), at); }},
    JobKeyEntry{{"steps", KeyKind::Whole, anywhere, "Denoising steps"},
                [](Value v, At at, Target t) { t.request().steps = whole(v, at); }},
    JobKeyEntry{{"guidance", KeyKind::Number, anywhere, "How closely to follow the prompt"},
                [](Value v, At at, Target t) { t.request().guidance = number(v, at); }},
    JobKeyEntry{{"guidance_scale", KeyKind::Number, anywhere, "The same"},
                [](Value v, At at, Target t) { t.request().guidance = number(v, at); }},
    JobKeyEntry{{"strength", KeyKind::Number, anywhere, "How much of the picture to replace, 0 to 1"},
                [](Value v, At at, Target t) { t.request().strength = number(v, at); }},
    JobKeyEntry{{"seed", KeyKind::TextOrWhole, anywhere, "42 if absent"}, setSeed},
    JobKeyEntry{{"scheduler", KeyKind::Text, anywhere, "How noise is removed"},
                [](Value v, At at, Target t) { t.request().scheduler = text(v, at); }},
    JobKeyEntry{{"eta", KeyKind::Number, anywhere, "Noise of each DDIM step, 0 to 1"},
                [](Value v, At at, Target t) { t.request().eta = number(v, at); }},
    JobKeyEntry{{"batch", KeyKind::Whole, anywhere, "Number of pictures; outputs get -1, -2, ..."},
                [](Value v, At at, Target t) { t.request().batch = whole(v, at); }},
    JobKeyEntry{{"size", KeyKind::TextOrWhole, anywhere, "Working size: N (longer side) or WxH"},
                [](Value v, At at, Target t) { t.request().edit.size = parseSize(textOrWhole(v, at), at); }},
    JobKeyEntry{{"width", KeyKind::Whole, anywhere, "Width of a generated picture"},
                [](Value v, At at, Target t) { t.width = parseSize(std::to_string(whole(v, at)), at).width; }},
    JobKeyEntry{{"height", KeyKind::Whole, anywhere, "Height of a generated picture"},
                [](Value v, At at, Target t) { t.height = parseSize(std::to_string(whole(v, at)), at).width; }},
    JobKeyEntry{{"crop", KeyKind::Sides, anywhere, "auto, none or X,Y,W,H"},
                [](Value v, At at, Target t) { t.request().edit.crop = parseCrop(sides(v, at), at); }},
    JobKeyEntry{{"padding", KeyKind::TextOrWhole, anywhere, "Context around the mask in pixels, or auto"},
                [](Value v, At at, Target t) { t.request().edit.padding = parsePixels(textOrWhole(v, at), at); }},
    JobKeyEntry{{"grow", KeyKind::TextOrWhole, anywhere, "Widen the mask by pixels, or auto"},
                [](Value v, At at, Target t) { t.request().edit.grow = parsePixels(textOrWhole(v, at), at); }},
    JobKeyEntry{{"feather", KeyKind::TextOrWhole, anywhere, "Soft edge in pixels, or auto"},
                [](Value v, At at, Target t) { t.request().edit.feather = parsePixels(textOrWhole(v, at), at); }},
    JobKeyEntry{{"soft_mask", KeyKind::Flag, anywhere, "Grey parts of the mask are partly pasted"},
                [](Value v, At at, Target t) { t.request().edit.softMask = flag(v, at); }},
    JobKeyEntry{{"prefill", KeyKind::Text, anywhere, "What the hole starts from: auto, none, neutral, pull-push"},
                [](Value v, At at, Target t) { t.request().prefill = parsePrefill(text(v, at), at); }},
    JobKeyEntry{{"color_match", KeyKind::Switch, anywhere, "on or off: draw the result's colours and grain to the picture's"},
                setColorMatch},
    JobKeyEntry{{"control", KeyKind::Texts, anywhere, "What a ControlNet looks at: PICTURE, canny, canny:PICTURE, ..."},
                [](Value v, At at, Target t) {
                    setControls(v, at, t, [&](std::string text) { return PictureSource{at.name, std::move(text), {}}; });
                }},
    JobKeyEntry{{"control_path", KeyKind::Texts, filesOnly, "The same with files: FILE, canny, canny:FILE, ...; repeatable"},
                [](Value v, At at, Target t) {
                    setControls(v, at, t, [&](const std::string& file) { return PictureSource{at.name, {}, path(file, at, t)}; });
                }},
    JobKeyEntry{{"control_model", KeyKind::Texts, anywhere, "ControlNet for each control: name, folder or file"},
                setControlModels},
    JobKeyEntry{{"control_scale", KeyKind::Numbers, anywhere, "How strongly it counts, 0 to 10"},
                [](Value v, At at, Target t) { t.draft.controlNumbers.scales = numbers(v, at); }},
    JobKeyEntry{{"control_start", KeyKind::Numbers, anywhere, "Part of the run after which it steers, 0 to 1"},
                [](Value v, At at, Target t) { t.draft.controlNumbers.starts = numbers(v, at); }},
    JobKeyEntry{{"control_end", KeyKind::Numbers, anywhere, "Part of the run up to which it steers, 0 to 1"},
                [](Value v, At at, Target t) { t.draft.controlNumbers.ends = numbers(v, at); }},
    JobKeyEntry{{"clip_skip", KeyKind::Whole, anywhere, "Leave out this many last layers of the text encoder"},
                [](Value v, At at, Target t) { t.request().clipSkip = whole(v, at); }},
    JobKeyEntry{{"reference", KeyKind::Flag, anywhere, "Exactly what diffusers computes on the whole picture"},
                [](Value v, At at, Target t) { t.request().reference = flag(v, at); }},
    JobKeyEntry{{"device", KeyKind::Text, anywhere, "auto or cpu"},
                [](Value v, At at, Target t) { t.request().device = text(v, at); }},
    JobKeyEntry{{"dtype", KeyKind::Text, anywhere, "auto or float32"},
                [](Value v, At at, Target t) { t.request().dtype = text(v, at); }},
    JobKeyEntry{{"threads", KeyKind::Whole, anywhere, "0: all cores"},
                [](Value v, At at, Target t) { t.request().threads = whole(v, at); }},
    JobKeyEntry{{"memory", KeyKind::TextOrWhole, anywhere, "auto, low or a number of MiB"}, refuseMemory},
    JobKeyEntry{{"previews", KeyKind::Flag, anywhere, "Send preview events"},
                [](Value v, At at, Target t) { t.draft.job.previews = flag(v, at); }},
    JobKeyEntry{{"preview_every", KeyKind::Whole, anywhere, "Decode every N-th preview fully"},
                [](Value v, At at, Target t) { t.request().previewEvery = whole(v, at); }},
    JobKeyEntry{{"preview_dir", KeyKind::Text, filesOnly, "Write a picture of every step into this folder"},
                [](Value v, At at, Target t) { t.draft.job.files.previewDir = path(v, at, t); }},
    JobKeyEntry{{"paste_mask", KeyKind::Text, filesOnly, "Write the mask that was really pasted"},
                [](Value v, At at, Target t) { t.draft.job.files.pasteMask = path(v, at, t); }},
    JobKeyEntry{{"dump", KeyKind::Text, filesOnly, "Write intermediate values (safetensors)"},
                [](Value v, At at, Target t) { t.request().dump = path(v, at, t); }},
    JobKeyEntry{{"output_format", KeyKind::Text, anywhere, "png, jpeg or webp, for results that are no files"}, setFormat},
    JobKeyEntry{{"quality", KeyKind::Whole, anywhere, "JPEG and WebP quality, 1 to 100"},
                [](Value v, At at, Target t) { t.draft.job.quality = checkedQuality(whole(v, at), at); }},
    JobKeyEntry{{"overwrite", KeyKind::Flag, filesOnly, "Replace existing files"},
                [](Value v, At at, Target t) { t.draft.job.files.overwrite = flag(v, at); }},
};

} // namespace

std::span<const JobKeyEntry> jobKeyTable()
{
    return table;
}

} // namespace pentimento
