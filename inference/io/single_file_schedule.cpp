// SPDX-License-Identifier: Apache-2.0
#include "inference/io/single_file_schedule.h"

#include "inference/core/files.h"
#include "inference/io/number_formats.h"

#include <cmath>
#include <optional>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

const std::string vPrediction = "v_prediction", epsilon = "epsilon";

/// From modelspec's metadata, which are hints that somebody wrote into the file.
std::optional<std::string> statedPrediction(const TensorStore& file)
{
    const auto& metadata = file.files().front()->metadata();
    const auto value = [&](const char* key) {
        const auto it = metadata.find(key);
        return it == metadata.end() ? std::string() : it->second;
    };
    const std::string prediction = value("modelspec.prediction_type"), architecture = value("modelspec.architecture");
    if (prediction == "v" || prediction == vPrediction || architecture.starts_with("stable-diffusion-v2-768-v"))
        return vPrediction;
    if (prediction == epsilon || architecture.starts_with("stable-diffusion-v2-512"))
        return epsilon;
    return std::nullopt;
}

/// `parameterization: "v"` in a .yaml of the same name, as Stable Diffusion 2's own configs have it.
bool yamlSaysV(fs::path file)
{
    std::error_code ec;
    file.replace_extension(".yaml");
    if (!fs::is_regular_file(file, ec))
        return false;
    try {
        const std::string text = readTextFile(file, 1 << 20), key = "parameterization:";
        const std::size_t found = text.find(key);
        const std::size_t value = found == std::string::npos ? found : text.find_first_not_of(" \"'", found + key.size());
        return value != std::string::npos && text[value] == 'v';
    } catch (const std::exception&) {
        return false; // a hint only
    }
}

/// The weights of v-predicting Stable Diffusion 2 models spread wider in the last transformer's first norm: 0.09 divides
/// the published ones (as ComfyUI tells them).
bool lastNormSaysV(const TensorMap& unet)
{
    const std::string name = "up_blocks.3.attentions.2.transformer_blocks.0.norm1.bias";
    const StoredTensor* norm = unet.find(name);
    if (!norm || norm->entry->elements() == 0)
        return false;
    double sum = 0, squares = 0;
    const std::vector<float> values = floatValues(*norm->entry, unet.where(name));
    for (const double value : values) {
        sum += value;
        squares += value * value;
    }
    const double count = static_cast<double>(values.size()), mean = sum / count;
    return std::sqrt(std::max(0.0, squares / count - mean * mean)) > 0.09;
}

std::string predictionType(const TensorStore& file, const TensorMap& unet, std::int64_t channels, std::int64_t context)
{
    if (file.find("v_pred"))
        return vPrediction;
    if (const auto stated = statedPrediction(file))
        return *stated;
    if (yamlSaysV(file.files().front()->path()))
        return vPrediction;
    // Shapes do not tell the two kinds of Stable Diffusion 2; its inpainting model predicts epsilon.
    return context == 1024 && channels == 4 && lastNormSaysV(unet) ? vPrediction : epsilon;
}

bool zeroTerminalSnr(const TensorStore& file)
{
    if (file.find("ztsnr"))
        return true;
    // Merges keep the schedule they were trained with; the usual one ends at 0.0047.
    const TensorEntry* alphas = file.find("alphas_cumprod");
    if (!alphas || alphas->elements() != 1000)
        return false;
    const std::string where = file.files().front()->path().string() + ", tensor " + alphas->name;
    return floatValues(*alphas, where).back() < 1e-4F;
}

} // namespace

SingleFileSchedule deducedSchedule(const TensorStore& file, const TensorMap& unet, const Json& unetConfig)
{
    const auto context = unetConfig.at("cross_attention_dim").get<std::int64_t>();
    const auto channels = unetConfig.at("in_channels").get<std::int64_t>();
    const bool xl = unetConfig.contains("addition_embed_type");
    const std::string prediction = predictionType(file, unet, channels, context);
    const bool zeroSnr = zeroTerminalSnr(file), sd2 = context == 1024 && !xl, v = prediction == vPrediction;

    // What Stability AI's and Runway's folders ship; PNDM cannot run zero terminal SNR.
    const bool ddim = zeroSnr || v || (channels == 9 && !sd2);
    std::string scheduler = xl ? "EulerDiscreteScheduler" : ddim ? "DDIMScheduler" : "PNDMScheduler";
    if (unetConfig.contains("time_cond_proj_dim"))
        scheduler = "LCMScheduler";
    SingleFileSchedule schedule;
    schedule.config = {{"_class_name", scheduler},
                       {"num_train_timesteps", 1000},
                       {"beta_schedule", "scaled_linear"},
                       {"beta_start", 0.00085},
                       {"beta_end", 0.012},
                       {"steps_offset", 1},
                       {"set_alpha_to_one", false},
                       {"clip_sample", false},
                       {"skip_prk_steps", true},
                       {"prediction_type", prediction},
                       {"rescale_betas_zero_snr", zeroSnr},
                       {"timestep_spacing", zeroSnr ? "trailing" : "leading"}};
    schedule.sampleSize = xl ? 128 : sd2 && v ? 96 : 64;
    return schedule;
}

} // namespace pentimento
