// SPDX-License-Identifier: Apache-2.0
#include "inference/io/single_file.h"

#include "inference/io/deduced_config.h"
#include "inference/io/file_kind.h"
#include "inference/io/original_names.h"
#include "inference/io/single_file_schedule.h"

#include <array>
#include <functional>
#include <optional>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t timeIdWidth = 256;

[[noreturn]] void refuse(const std::string& what, const fs::path& file, const std::string& tensor)
{
    throw Exception(ErrorCode::BadInput, what, file.string() + ", tensor " + tensor, "get a fresh copy of the file");
}

/// Names below a prefix, renamed; one original tensor may become several.
using Rename = std::function<std::vector<RenamedTensor>(std::string_view)>;

StoredTensor placed(const TensorEntry& entry, const RenamedTensor& renamed, const fs::path& file)
{
    StoredTensor tensor{&entry};
    tensor.transposed = renamed.transposed;
    if (renamed.transposed && entry.shape.size() != 2)
        refuse("the tensor is no matrix", file, entry.name);
    if (renamed.third >= 0) {
        if (entry.shape.empty() || entry.shape[0] % 3 != 0)
            refuse("the tensor does not hold query, key and value", file, entry.name);
        tensor.rows = entry.shape[0] / 3;
        tensor.firstRow = renamed.third * tensor.rows;
    }
    return tensor;
}

/// Scaled fp8: beside X.weight lies X.scale_weight, one number.
const TensorEntry* scaleOf(const TensorStore& store, const TensorEntry& entry, const fs::path& file)
{
    constexpr std::string_view weight = ".weight";
    if (!entry.name.ends_with(weight))
        return nullptr;
    const TensorEntry* scale = store.find(entry.name.substr(0, entry.name.size() - weight.size()) + ".scale_weight");
    if (scale && (scale->dtype != Dtype::F32 || scale->elements() != 1))
        refuse("the scale is no single F32", file, scale->name);
    return scale;
}

std::shared_ptr<TensorMap> renamedMap(const std::shared_ptr<const TensorStore>& store, const std::string& prefix,
                                      const Rename& rename)
{
    auto map = std::make_shared<TensorMap>(TensorMap{store, {}});
    const fs::path& file = store->files().front()->path();
    for (const TensorEntry* entry : store->tensors()) {
        if (!entry->name.starts_with(prefix))
            continue;
        for (const RenamedTensor& renamed : rename(std::string_view(entry->name).substr(prefix.size()))) {
            StoredTensor tensor = placed(*entry, renamed, file);
            tensor.scale = scaleOf(*store, *entry, file);
            if (const auto [it, added] = map->tensors.emplace(renamed.name, tensor); !added)
                refuse("the tensor means the same as " + it->second.entry->name, file, entry->name);
        }
    }
    return map;
}

std::vector<RenamedTensor> whole(std::string name)
{
    if (name.empty())
        return {};
    return {{std::move(name)}};
}

/// The first prefix under which `key` is found; that of a whole checkpoint comes first.
template <std::size_t N>
std::optional<std::string> prefixOf(const TensorStore& store, const std::array<const char*, N>& prefixes, const char* key)
{
    for (const char* prefix : prefixes) {
        if (store.find(prefix + std::string(key)))
            return prefix;
    }
    return std::nullopt;
}

std::shared_ptr<const TensorMap> unetMap(const std::shared_ptr<const TensorStore>& store, const std::string& prefix)
{
    // From one resolution to the next: all input blocks up to the first that halves.
    std::size_t perLevel = 1;
    const auto block = [&](const char* tensor) { return prefix + "input_blocks." + std::to_string(perLevel) + tensor; };
    while (!store->find(block(".0.op.weight")) && store->find(block(".0.in_layers.2.weight")))
        ++perLevel;
    return renamedMap(store, prefix, [perLevel](std::string_view key) { return whole(diffusersUNetName(key, perLevel)); });
}

std::shared_ptr<const TensorMap> vaeMap(const std::shared_ptr<const TensorStore>& store, const std::string& prefix)
{
    std::size_t levels = 0;
    while (store->find(prefix + "decoder.up." + std::to_string(levels) + ".block.0.conv1.weight"))
        ++levels;
    return renamedMap(store, prefix, [levels](std::string_view key) { return whole(diffusersVaeName(key, levels)); });
}

struct TextEncoderPlace {
    const char* prefix;
    bool openClip;
};
constexpr std::array<TextEncoderPlace, 5> textEncoderPlaces = {{{"cond_stage_model.transformer.", false},
                                                                {"cond_stage_model.model.", true},
                                                                {"conditioner.embedders.0.transformer.", false},
                                                                {"conditioner.embedders.0.model.", true},
                                                                {"conditioner.embedders.1.model.", true}}};

/// Layers and a projection that the config does without.
void dropUnused(TensorMap& text, const Json& config)
{
    const std::string next = "text_model.encoder.layers." + config.at("num_hidden_layers").dump() + ".";
    std::erase_if(text.tensors, [&](const auto& item) { return item.first.starts_with(next); });
    if (!config.contains("projection_dim"))
        text.tensors.erase("text_projection.weight");
}

std::vector<TextEncoderPart> openTextEncoders(const std::shared_ptr<const TensorStore>& store, bool xl)
{
    std::vector<TextEncoderPart> parts;
    for (const TextEncoderPlace& place : textEncoderPlaces) {
        const std::string prefix = place.prefix;
        if (!store->find(prefix + (place.openClip ? "token_embedding.weight" : "text_model.embeddings.token_embedding.weight")) &&
            !store->find(prefix + "embeddings.token_embedding.weight"))
            continue;
        TextEncoderPart part;
        const std::shared_ptr<TensorMap> tensors = renamedMap(store, prefix, [&](std::string_view key) {
            return place.openClip ? openClipTensors(key) : whole(transformersTextName(key));
        });
        part.network.config.json = deducedTextConfig(*tensors, {place.openClip, place.openClip && !xl, place.openClip && xl});
        dropUnused(*tensors, part.network.config.json);
        part.network.tensors = tensors;
        // One vocabulary for all; OpenCLIP pads with id 0.
        part.tokenizer = clipVocabularyFolder();
        part.paddingToken = place.openClip ? "!" : "<|endoftext|>";
        parts.push_back(std::move(part));
    }
    return parts;
}

/// model_index.json. XL's refiner is told by its fifth time id, a score, in place of the target's two sides.
Json deducedIndex(const ModelParts& parts)
{
    const Json& unet = parts.unet.config.json;
    if (!unet.contains("addition_embed_type"))
        return Json::object();
    const std::int64_t ids = unet.at("projection_class_embeddings_input_dim").get<std::int64_t>() -
                             parts.textEncoders.back().network.config.json.at("projection_dim").get<std::int64_t>();
    const bool refiner = ids == 5 * timeIdWidth;
    return {{"requires_aesthetics_score", refiner}, {"force_zeros_for_empty_prompt", !refiner}};
}

} // namespace

std::shared_ptr<const TensorMap> originalVae(const std::shared_ptr<const TensorStore>& store)
{
    const auto prefix = prefixOf(*store, std::array{"first_stage_model.", "vae.", ""}, "decoder.conv_in.weight");
    if (!prefix || !store->find(*prefix + "encoder.down.0.block.0.conv1.weight"))
        return nullptr;
    return vaeMap(store, *prefix);
}

ModelParts openSingleFile(const fs::path& file)
{
    const auto store = std::make_shared<const TensorStore>(std::vector<fs::path>{file});
    refuseOtherArchitecture(*store);
    const auto unetPrefix =
        prefixOf(*store, std::array{"model.diffusion_model.", "diffusion_model.", ""}, "input_blocks.0.0.weight");
    const auto vaePrefix = prefixOf(*store, std::array{"first_stage_model.", "vae.", ""}, "decoder.conv_in.weight");
    const bool xl = unetPrefix && store->find(*unetPrefix + "label_emb.0.0.weight");
    ModelParts parts;
    parts.path = file;
    parts.textEncoders = openTextEncoders(store, xl);
    // XL's pooled embedding comes from the last; its refiner has no other.
    const std::size_t texts = parts.textEncoders.size();
    const bool textsFit =
        xl ? texts >= 1 && texts <= 2 && parts.textEncoders.back().network.config.json.contains("projection_dim") : texts == 1;
    if (!unetPrefix || !vaePrefix || !textsFit)
        refuseIncomplete(*store, unetPrefix.has_value(), vaePrefix.has_value(), textsFit);

    parts.unet.tensors = unetMap(store, *unetPrefix);
    parts.unet.config.json = deducedUNetConfig(*parts.unet.tensors);
    parts.vae.tensors = vaeMap(store, *vaePrefix);
    parts.vae.config.json = deducedVaeConfig(*parts.vae.tensors, xl);
    parts.index.json = deducedIndex(parts);
    const SingleFileSchedule schedule = deducedSchedule(*store, *parts.unet.tensors, parts.unet.config.json);
    parts.scheduler.json = schedule.config;
    parts.unet.config.json["sample_size"] = schedule.sampleSize;
    for (ModelConfig* config : {&parts.index, &parts.unet.config, &parts.vae.config, &parts.scheduler})
        config->where = file.string();
    for (TextEncoderPart& text : parts.textEncoders) {
        text.network.config.where = file.string();
        if (text.tokenizer.empty() && parts.missing.empty())
            parts.missing.emplace_back("CLIP's vocabulary (run packaging/clip-vocabulary.sh)");
    }
    const auto& metadata = store->files().front()->metadata();
    if (const auto license = metadata.find("modelspec.license"); license != metadata.end())
        parts.license = license->second;
    return parts;
}

} // namespace pentimento
