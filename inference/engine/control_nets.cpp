// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/control_nets.h"

#include "inference/core/log.h"
#include "inference/engine/family_text.h"
#include "inference/io/control_net.h"

#include <algorithm>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

std::string familyOf(const UNetEncoderConfig& config)
{
    if (config.additionInputDim > 0)
        return "sdxl";
    switch (config.crossAttentionDim.front()) {
    case 768: return "sd1";
    case 1024: return "sd2";
    default: return "other";
    }
}

/// What a ControlNet adds must have the shapes of the UNet's skip connections, and its inputs the model's.
void checkFits(const ControlNetConfig& config, const LoadedModel& model, const fs::path& file)
{
    const UNet2DConditionConfig& unet = model.networks.unet.config();
    const AutoencoderKLConfig& vae = model.networks.vae.config();
    const auto refuse = [&](const std::string& what) {
        throw Exception(ErrorCode::BadInput, what, file.string(),
                        "choose a ControlNet for " + familyText(model.info.family, unet.crossAttentionDim.front()) +
                            " or a model of this one's kind");
    };
    const std::int64_t width = config.crossAttentionDim.front(), needed = unet.crossAttentionDim.front();
    if (width != needed || (config.additionInputDim > 0) != (unet.additionInputDim > 0))
        refuse("this ControlNet is for " + familyText(familyOf(config), width) + ", the model " + model.info.name + " is " +
               familyText(model.info.family, needed));
    if (config.blockOutChannels != unet.blockOutChannels || config.layersPerBlock != unet.layersPerBlock ||
        config.additionInputDim != unet.additionInputDim || config.additionTimeEmbedDim != unet.additionTimeEmbedDim)
        refuse("this ControlNet has other blocks than the model " + model.info.name);
    if (config.inChannels != vae.latentChannels || config.factor() != vae.factor())
        refuse("this ControlNet takes other latents than those of the model " + model.info.name);
}

std::shared_ptr<const ControlNetModel> loadControlNet(const fs::path& path, const LoadedModel& model,
                                                      const ForwardContext& context)
{
    const NetworkPart part = openControlNet(path);
    const ControlNetConfig config = parseControlNetConfig(part.config.json, part.config.where);
    checkFits(config, model, path);
    auto network = std::make_shared<const ControlNetModel>(ControlNetModel::load(config, Weights(storedWeights(part, context))));
    logInfo("ControlNet {} loaded: {} parameters", path.string(), part.tensors->parameters());
    return network;
}

} // namespace

void ControlNets::keepOnly(const std::vector<ControlChoice>& choices)
{
    std::erase_if(m_loaded, [&](const Loaded& loaded) {
        return std::none_of(choices.begin(), choices.end(),
                            [&](const ControlChoice& choice) { return choice.model == loaded.path; });
    });
}

ControlNets::Networks ControlNets::require(const std::vector<ControlChoice>& choices, const LoadedModel& model,
                                           const ForwardContext& context)
{
    keepOnly(choices);
    Networks networks;
    for (const ControlChoice& choice : choices) {
        const auto ready =
            std::find_if(m_loaded.begin(), m_loaded.end(), [&](const Loaded& loaded) { return loaded.path == choice.model; });
        if (ready != m_loaded.end()) {
            checkFits(ready->network->config(), model, choice.model); // the model may be another one now
            networks.push_back(ready->network);
            continue;
        }
        m_loaded.push_back({choice.model, loadControlNet(choice.model, model, context)});
        networks.push_back(m_loaded.back().network);
    }
    return networks;
}

} // namespace pentimento
