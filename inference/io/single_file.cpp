// SPDX-License-Identifier: Apache-2.0
#include "inference/io/single_file.h"

#include "inference/io/deduced_config.h"
#include "inference/io/file_kind.h"
#include "inference/io/renamed_map.h"
#include "inference/io/single_file_schedule.h"

#include <array>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t timeIdWidth = 256;

std::shared_ptr<const TensorMap> unetMap(const std::shared_ptr<const TensorStore>& store, const std::string& prefix)
{
    return renamedMap(store, prefix, [perLevel = inputBlocksPerLevel(*store, prefix)](std::string_view key) {
        return wholeTensor(diffusersUNetName(key, perLevel));
    });
}

std::shared_ptr<const TensorMap> vaeMap(const std::shared_ptr<const TensorStore>& store, const std::string& prefix)
{
    std::size_t levels = 0;
    while (store->find(prefix + "decoder.up." + std::to_string(levels) + ".block.0.conv1.weight"))
        ++levels;
    return renamedMap(store, prefix, [levels](std::string_view key) { return wholeTensor(diffusersVaeName(key, levels)); });
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
            return place.openClip ? openClipTensors(key) : wholeTensor(transformersTextName(key));
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
