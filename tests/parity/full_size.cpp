// SPDX-License-Identifier: Apache-2.0
/// Networks of full size beside what torch computed on a GPU (make_parity.py): prints one row per result and fails where one
/// differs by more than 1e-3. Minutes and up to 12 GB of memory, so not one of the tests:
///     build/dev/tests/parity_full_size [NAME...]
#include "tests/parity/named_random.h"
#include "tests/support/golden.h"

#include "inference/models/autoencoder_kl.h"
#include "inference/models/clip_text_model.h"
#include "inference/models/controlnet_model.h"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

using namespace pentimento;
using namespace pentimento::testing;

namespace {

constexpr double allowed = 1e-3;

const std::filesystem::path folder = std::filesystem::path(PENTIMENTO_SOURCE_DIR) / "tests" / "parity";

/// Compares results with the golden ones of one network and keeps the count of those that differ.
class Rows {
public:
    explicit Rows(std::string name) : m_name(std::move(name)) {}

    void add(const std::string& key, const at::Tensor& result)
    {
        // At most this many numbers of a result are kept, evenly spread over the whole of it.
        constexpr std::int64_t kept = 1024;
        const at::Tensor flat = result.contiguous().flatten();
        const double error = relativeError(flat.slice(0, 0, {}, (flat.numel() + kept - 1) / kept), m_golden[m_name + "." + key]);
        worst = std::max(worst, error);
        std::printf("%-32s %.1e%s\n", (m_name + " " + key).c_str(), error, error <= allowed ? "" : "  DIFFERS");
        std::fflush(stdout);
    }

    double worst = 0;

private:
    std::string m_name;
    Golden m_golden{folder / "full_size.safetensors"};
};

at::Tensor sampleOf(const std::string& name, const Json& model, std::int64_t channels)
{
    return namedUniform(name + "/sample", {2, channels, model["cells"][0], model["cells"][1]});
}

at::Tensor pictureOf(const std::string& name, const Json& model)
{
    const std::int64_t height = model["cells"][0], width = model["cells"][1];
    return namedUniform(name + "/picture", {1, 3, 8 * height, 8 * width});
}

UNetConditions conditionsOf(const std::string& name, const Json& model)
{
    const Json& config = model["config"];
    UNetConditions given;
    given.text = namedUniform(name + "/context", {2, 77, config["cross_attention_dim"]});
    given.guidance = model.value("guidance", 1.0);
    if (!model.contains("time_ids"))
        return given;
    const auto ids = model["time_ids"].get<std::vector<float>>();
    const std::int64_t width = config["addition_time_embed_dim"], input = config["projection_class_embeddings_input_dim"];
    given.pooled = namedUniform(name + "/text_embeds", {2, input - width * static_cast<std::int64_t>(ids.size())});
    given.timeIds = at::tensor(ids).unsqueeze(0).repeat({2, 1});
    return given;
}

void runUNet(const std::string& name, const Json& model, Rows& rows)
{
    const auto unet =
        UNet2DConditionModel::load(parseUNetConfig(model["config"], name), Weights(namedRandomWeights(name, false)));
    const EncodedContext encoded = unet.encodeContext(conditionsOf(name, model));
    const at::Tensor sample = sampleOf(name, model, unet.config().inChannels);
    for (const int timestep : model["timesteps"])
        rows.add(std::to_string(timestep), unet.forward(sample, timestep, encoded, ForwardContext()));
}

void runControlNet(const std::string& name, const Json& model, Rows& rows)
{
    const auto network =
        ControlNetModel::load(parseControlNetConfig(model["config"], name), Weights(namedRandomWeights(name, false)));
    const EncodedContext encoded = network.encodeContext(conditionsOf(name, model));
    const at::Tensor hint = network.encodePicture(pictureOf(name, model), ForwardContext());
    const ControlResiduals residuals = network.forward(sampleOf(name, model, network.config().inChannels), model["timesteps"][0],
                                                       encoded, hint, model["scale"], ForwardContext());
    for (std::size_t i = 0; i < residuals.down.size(); ++i)
        rows.add("down." + std::to_string(i), residuals.down[i].slice(1, 0, {}, 16));
    rows.add("mid", residuals.mid.slice(1, 0, {}, 16));
}

void runAutoencoder(const std::string& name, const Json& model, Rows& rows)
{
    const auto vae = AutoencoderKL::load(parseVaeConfig(model["config"], name), Weights(namedRandomWeights(name, false)));
    const DiagonalGaussian posterior = vae.encode(pictureOf(name, model) / 2, ForwardContext());
    rows.add("mean", posterior.mean);
    rows.add("logvar", posterior.logvar);
    const at::Tensor latents = namedUniform(name + "/latents", {1, 4, model["cells"][0], model["cells"][1]});
    rows.add("decode", vae.decode(latents, ForwardContext()).slice(2, 0, {}, 4).slice(3, 0, {}, 4));
}

void runTextEncoder(const std::string& name, const Json& model, Rows& rows)
{
    const auto text = CLIPTextModel::load(parseClipTextConfig(model["config"], name), Weights(namedRandomWeights(name, false)));
    constexpr std::int64_t start = 49406, end = 49407;
    at::Tensor ids = at::full({2, 77}, end, at::kLong);
    const at::Tensor words = at::tensor(std::vector<std::int64_t>{start, 320, 1125, 539, 320, 1929, 525, 320, 12616});
    ids[0].slice(0, 0, words.size(0)).copy_(words);
    ids[1][0] = start;
    const CLIPTextModel::Output output = text.forward(ids, ForwardContext());
    rows.add("last", output.lastHiddenState.slice(2, 0, {}, 16));
    rows.add("penultimate", output.hiddenStates.at(output.hiddenStates.size() - 2).slice(2, 0, {}, 16));
    if (output.pooled.defined())
        rows.add("pooled", output.pooled);
}

} // namespace

int main(int argc, char** argv)
{
    const c10::InferenceMode inferenceMode;
    const std::vector<std::string> wanted(argv + 1, argv + argc);
    const Json models = readJsonFile(folder / "full_size.json");
    const std::pair<const char*, void (*)(const std::string&, const Json&, Rows&)> kinds[] = {
        {"text_encoders", runTextEncoder}, {"autoencoders", runAutoencoder}, {"control_nets", runControlNet}, {"unets", runUNet}};
    double worst = 0;
    for (const auto& [kind, run] : kinds) {
        for (const auto& [name, model] : models[kind].items()) {
            if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), name) == wanted.end())
                continue;
            const auto begin = std::chrono::steady_clock::now();
            Rows rows(name);
            run(name, model, rows);
            worst = std::max(worst, rows.worst);
            std::printf("%-32s %.0f s\n", name.c_str(),
                        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        }
    }
    std::printf("largest difference               %.1e, allowed %.0e\n", worst, allowed);
    return worst <= allowed ? 0 : 1;
}
