// SPDX-License-Identifier: Apache-2.0
// Checkpoints in the original layout: every tensor in its place, and configs deduced as they were published.
#include "inference/io/single_file.h"

#include "inference/io/model_folder.h"
#include "tests/support/checkpoint_shapes.h"
#include "tests/support/original_layout.h"
#include "tests/support/reference_folder.h"

#include <QtTest>

#include <cmath>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

/// The keys of `expected` in `config`, for a message that shows what differs.
Json sameKeys(const Json& config, const Json& expected)
{
    Json some = Json::object();
    for (const auto& [key, value] : expected.items())
        some[key] = config.contains(key) ? config.at(key) : Json("absent");
    return some;
}

void compareJson(const Json& config, const Json& expected, const char* what)
{
    const Json found = sameKeys(config, expected);
    QVERIFY2(found == expected, (std::string(what) + ": " + found.dump() + "\nexpected " + expected.dump()).c_str());
}

/// Element (i, j) of a matrix of float32 as the network asks for it.
float element(const StoredTensor& tensor, std::size_t i, std::size_t j)
{
    const std::vector<std::int64_t> shape = tensor.storedShape();
    const std::size_t index =
        tensor.transposed ? j * static_cast<std::size_t>(shape[1]) + i : i * static_cast<std::size_t>(shape[1]) + j;
    float value = 0;
    std::memcpy(&value, tensor.data() + index * 4, 4);
    return value;
}

bool sameTensor(const StoredTensor& a, const StoredTensor& b)
{
    if (a.elements() != b.elements() || a.entry->dtype != Dtype::F32 || b.entry->dtype != Dtype::F32)
        return false;
    if (!a.transposed)
        return std::memcmp(a.data(), b.data(), a.elements() * 4) == 0;
    const auto rows = static_cast<std::size_t>(b.storedShape()[0]), columns = static_cast<std::size_t>(b.storedShape()[1]);
    for (std::size_t i = 0; i < rows; ++i) {
        for (std::size_t j = 0; j < columns; ++j) {
            if (element(a, i, j) != element(b, i, j))
                return false;
        }
    }
    return true;
}

void compareNetworks(const TensorMap& file, const TensorMap& folder, const std::string& level)
{
    for (const auto& [name, tensor] : folder.tensors) {
        const bool bare = name == "text_projection.weight" || name.starts_with(level);
        const StoredTensor* found = file.find(bare ? name : level + name);
        QVERIFY2(found, name.c_str());
        QVERIFY2(sameTensor(*found, tensor), name.c_str());
    }
    QCOMPARE(file.tensors.size(), folder.tensors.size());
}

/// Overwrites the data of one tensor.
void pokeHalf(const fs::path& file, const std::string& tensor, const std::vector<std::uint16_t>& values)
{
    std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
    std::uint64_t length = 0;
    stream.read(reinterpret_cast<char*>(&length), 8);
    std::string header(length, '\0');
    stream.read(header.data(), static_cast<std::streamsize>(length));
    const auto offset = Json::parse(header).at(tensor).at("data_offsets").at(0).get<std::uint64_t>();
    stream.seekp(static_cast<std::streamoff>(8 + length + offset));
    stream.write(reinterpret_cast<const char*>(values.data()), static_cast<std::streamsize>(values.size() * 2));
}

} // namespace

class SingleFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tensorsAreTheFolders_data()
    {
        QTest::addColumn<QString>("model");
        for (const char* model : {"sd15-base", "sd15-inpaint", "sd2-base", "sd2-inpaint", "sdxl-base", "sdxl-inpaint"})
            QTest::newRow(model) << QString::fromLatin1(model);
    }

    void tensorsAreTheFolders()
    {
        QFETCH(QString, model);
        const TemporaryFolder temporary;
        const ModelParts folder = openModelFolder(referenceModel(model.toStdString(), temporary));
        const fs::path path = temporary.path() / "file.safetensors";
        writeOriginal(folder, model.section(u'-', 0, 0).toStdString(), path);
        const ModelParts file = openSingleFile(path);
        compareNetworks(*file.unet.tensors, *folder.unet.tensors, {});
        compareNetworks(*file.vae.tensors, *folder.vae.tensors, {});
        QCOMPARE(file.textEncoders.size(), folder.textEncoders.size());
        for (std::size_t i = 0; i < file.textEncoders.size(); ++i)
            compareNetworks(*file.textEncoders[i].network.tensors, *folder.textEncoders[i].network.tensors, "text_model.");
        // What does not depend on sizes that only full models have.
        for (const char* key : {"in_channels", "block_out_channels", "down_block_types", "up_block_types", "mid_block_type",
                                "layers_per_block", "cross_attention_dim", "use_linear_projection"})
            compareJson(file.unet.config.json, {{key, folder.unet.config.json.at(key)}}, "unet");
        for (const char* key : {"block_out_channels", "layers_per_block", "latent_channels", "scaling_factor", "use_quant_conv"})
            compareJson(file.vae.config.json, {{key, folder.vae.config.json.at(key)}}, "vae");
        for (std::size_t i = 0; i < file.textEncoders.size(); ++i) {
            for (const char* key : {"hidden_size", "intermediate_size", "num_hidden_layers", "vocab_size", "eos_token_id",
                                    "max_position_embeddings", "architectures"})
                compareJson(file.textEncoders[i].network.config.json, {{key, folder.textEncoders[i].network.config.json.at(key)}},
                            "text encoder");
        }
    }

    void configsAreThePublishedOnes_data()
    {
        QTest::addColumn<QByteArray>("unet");
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<double>("scale");
        QTest::addColumn<QByteArray>("scheduler");
        const QByteArray clip =
            R"({"hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12, "intermediate_size": 3072,
            "hidden_act": "quick_gelu", "vocab_size": 49408, "max_position_embeddings": 77, "architectures": ["CLIPTextModel"]})";
        const QByteArray clipH = R"({"hidden_size": 1024, "num_hidden_layers": 23, "num_attention_heads": 16,
            "intermediate_size": 4096, "hidden_act": "gelu", "vocab_size": 49408, "architectures": ["CLIPTextModel"]})";
        const QByteArray bigG = R"({"hidden_size": 1280, "num_hidden_layers": 32, "num_attention_heads": 20,
            "intermediate_size": 5120, "hidden_act": "gelu", "projection_dim": 1280,
            "architectures": ["CLIPTextModelWithProjection"]})";
        const QByteArray four = R"("down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D",
            "DownBlock2D"], "up_block_types": ["UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D"],
            "block_out_channels": [320, 640, 1280, 1280], "layers_per_block": 2, "out_channels": 4,
            "mid_block_type": "UNetMidBlock2DCrossAttn", "transformer_layers_per_block": 1)";
        const QByteArray xl = R"("down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
            "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"], "block_out_channels": [320, 640, 1280],
            "layers_per_block": 2, "transformer_layers_per_block": [1, 2, 10], "attention_head_dim": [5, 10, 20],
            "cross_attention_dim": 2048, "addition_embed_type": "text_time", "addition_time_embed_dim": 256,
            "projection_class_embeddings_input_dim": 2816, "use_linear_projection": true, "sample_size": 128)";
        const QByteArray sd1 = R"("attention_head_dim": 8, "cross_attention_dim": 768, "use_linear_projection": false,
            "sample_size": 64)";
        const QByteArray sd2 = R"("attention_head_dim": [5, 10, 20, 20], "cross_attention_dim": 1024,
            "use_linear_projection": true, "sample_size": 64)";
        const auto row = [](const char* name, const QByteArray& unet, const QByteArray& text, double scale,
                            const char* scheduler) {
            QTest::newRow(name) << "{" + unet + "}" << text << scale << QByteArray(scheduler);
        };
        row("sd15", R"("in_channels": 4, )" + four + "," + sd1, clip, 0.18215, "PNDMScheduler");
        row("sd15-inpaint", R"("in_channels": 9, )" + four + "," + sd1, clip, 0.18215, "DDIMScheduler");
        row("sd2", R"("in_channels": 4, )" + four + "," + sd2, clipH, 0.18215, "PNDMScheduler");
        row("sd2-inpaint", R"("in_channels": 9, )" + four + "," + sd2, clipH, 0.18215, "PNDMScheduler");
        row("sdxl", R"("in_channels": 4, )" + xl, bigG, 0.13025, "EulerDiscreteScheduler");
        row("sdxl-inpaint", R"("in_channels": 9, )" + xl, bigG, 0.13025, "EulerDiscreteScheduler");
        row("refiner", R"("in_channels": 4, "block_out_channels": [384, 768, 1536, 1536], "attention_head_dim": [6, 12, 24, 24],
            "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"],
            "cross_attention_dim": 1280, "transformer_layers_per_block": 4, "projection_class_embeddings_input_dim": 2560,
            "sample_size": 128)",
            bigG, 0.13025, "EulerDiscreteScheduler");
    }

    void configsAreThePublishedOnes()
    {
        QFETCH(QByteArray, unet);
        QFETCH(QByteArray, text);
        QFETCH(double, scale);
        QFETCH(QByteArray, scheduler);
        const std::string name = QTest::currentDataTag();
        const TemporaryFolder folder;
        const fs::path path = folder.path() / "file.safetensors";
        publishedCheckpoint(name).write(path);
        const ModelParts parts = openSingleFile(path);
        compareJson(parts.unet.config.json, Json::parse(unet.toStdString()), "unet");
        compareJson(parts.textEncoders.back().network.config.json, Json::parse(text.toStdString()), "text encoder");
        compareJson(parts.vae.config.json,
                    {{"block_out_channels", {128, 256, 512, 512}},
                     {"layers_per_block", 2},
                     {"latent_channels", 4},
                     {"scaling_factor", scale},
                     {"use_quant_conv", true}},
                    "vae");
        compareJson(parts.scheduler.json,
                    {{"_class_name", scheduler.toStdString()},
                     {"prediction_type", "epsilon"},
                     {"beta_start", 0.00085},
                     {"beta_end", 0.012},
                     {"beta_schedule", "scaled_linear"},
                     {"steps_offset", 1}},
                    "scheduler");
        if (parts.index.json.contains("requires_aesthetics_score"))
            QCOMPARE(parts.index.json.at("requires_aesthetics_score").get<bool>(), name == "refiner");
        // Only the padding differs between the vocabularies.
        QCOMPARE(parts.textEncoders.front().paddingToken,
                 std::string(name[2] == '2' || name == "refiner" ? "!" : "<|endoftext|>"));
        QCOMPARE(parts.textEncoders.back().paddingToken, std::string(name.starts_with("sd1") ? "<|endoftext|>" : "!"));
    }

    /// The published models' numbers of parameters.
    void parametersAreAllFound_data()
    {
        QTest::addColumn<qulonglong>("unet");
        QTest::addColumn<qulonglong>("text");
        QTest::newRow("sd15") << 859'520'964ULL << 123'060'480ULL;
        QTest::newRow("sd15-inpaint") << 859'535'364ULL << 123'060'480ULL;
        QTest::newRow("sd2") << 865'910'724ULL << 340'387'840ULL;
        QTest::newRow("sdxl") << 2'567'463'684ULL << 123'060'480ULL + 694'659'840ULL;
    }

    void parametersAreAllFound()
    {
        QFETCH(qulonglong, unet);
        QFETCH(qulonglong, text);
        const TemporaryFolder folder;
        const fs::path path = folder.path() / "file.safetensors";
        publishedCheckpoint(QTest::currentDataTag()).write(path);
        const ModelParts parts = openSingleFile(path);
        QCOMPARE(qulonglong(parts.unet.tensors->parameters()), unet);
        QCOMPARE(qulonglong(parts.vae.tensors->parameters()), 83'653'863ULL);
        std::uint64_t sum = 0;
        for (const TextEncoderPart& encoder : parts.textEncoders)
            sum += encoder.network.tensors->parameters();
        QCOMPARE(qulonglong(sum), text);
        const ModelInfo info = modelInfo(parts);
        QCOMPARE(qulonglong(info.parameters), unet + 83'653'863ULL + text);
        QCOMPARE(qulonglong(info.bytes), qulonglong(fs::file_size(path)));
        QCOMPARE(info.name, std::string("file"));
        QCOMPARE(info.dtype, std::string("F16"));
        QCOMPARE(info.family, std::string(QTest::currentDataTag()).substr(0, 3) == "sd1" ? std::string("sd1")
                              : std::string(QTest::currentDataTag()) == "sd2"            ? std::string("sd2")
                                                                                         : std::string("sdxl"));
        QCOMPARE(info.nativeSize, info.family == "sdxl" ? 1024 : 512);
    }

    void distilledModels_data()
    {
        QTest::addColumn<QByteArray>("config");
        QTest::newRow("tiny: no middle, one layer")
            << QByteArray(R"({"layers_per_block": 1, "mid_block_type": null, "block_out_channels": [320, 640, 1280],
                "down_block_types": ["CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
                "transformer_layers_per_block": 1, "attention_head_dim": 8})");
        QTest::newRow("middle of one layer")
            << QByteArray(R"({"mid_block_type": "UNetMidBlock2D", "transformer_layers_per_block": [1, 2, 4]})");
        QTest::newRow("depths by layer") << QByteArray(R"({"transformer_layers_per_block": [1, 2, 10],
                "reverse_transformer_layers_per_block": [10, [2, 1, 1], 1]})");
        QTest::newRow("guidance embedding") << QByteArray(R"({"time_cond_proj_dim": 256})");
    }

    void distilledModels()
    {
        QFETCH(QByteArray, config);
        const QString kind = QString::fromLatin1(QTest::currentDataTag());
        CheckpointShapes shapes;
        const CheckpointShapes::UNet xl = {4, {320, 640, 1280}, {0, 2, 10}, 10, 2048, true, 2816};
        if (kind.startsWith(QStringLiteral("tiny"))) {
            shapes.unet({4, {320, 640, 1280}, {1, 1, 1}, 0, 768, false, 0, 1});
        } else if (kind.startsWith(QStringLiteral("middle"))) {
            CheckpointShapes::UNet unet = xl;
            unet.depths = {0, 2, 4};
            unet.middle = 4;
            shapes.unet(unet);
            std::erase_if(shapes.tensors, [](const TensorShape& t) {
                return t.name.find("middle_block.1.") != std::string::npos || t.name.find("middle_block.2.") != std::string::npos;
            });
        } else if (kind.startsWith(QStringLiteral("depths"))) {
            shapes.unet(xl);
            std::erase_if(shapes.tensors, [](const TensorShape& t) {
                return t.name.find("output_blocks.4.1.transformer_blocks.1.") != std::string::npos ||
                       t.name.find("output_blocks.5.1.transformer_blocks.1.") != std::string::npos;
            });
        } else {
            CheckpointShapes::UNet unet;
            unet.guidance = 256;
            shapes.unet(unet);
        }
        const bool isXl = shapes.tensors[4].name.find("label_emb") != std::string::npos;
        shapes.clip(isXl ? "conditioner.embedders.0.transformer.text_model." : "cond_stage_model.transformer.text_model.");
        if (isXl)
            shapes.openClip("conditioner.embedders.1.model.", 1280, 32);
        shapes.vae();
        const TemporaryFolder folder;
        shapes.write(folder.path() / "file.safetensors");
        const ModelParts parts = openSingleFile(folder.path() / "file.safetensors");
        compareJson(parts.unet.config.json, Json::parse(config.toStdString()), "unet");
        if (parts.unet.config.json.contains("time_cond_proj_dim"))
            QCOMPARE(parts.scheduler.json.at("_class_name").get<std::string>(), std::string("LCMScheduler"));
    }

    void otherPrefixesAndOldNames()
    {
        CheckpointShapes shapes;
        shapes.unet({}, "diffusion_model.");
        shapes.vae("vae.");
        shapes.clip("cond_stage_model.transformer."); // without "text_model."
        const TemporaryFolder folder;
        const fs::path path = folder.path() / "file.safetensors";
        shapes.write(path, {{"modelspec.license", "CreativeML Open RAIL-M"}});
        const ModelInfo info = modelInfo(openModel(path));
        QCOMPARE(qulonglong(info.parameters), 1'066'235'307ULL);
        QCOMPARE(info.license, std::string("CreativeML Open RAIL-M"));
        for (TensorShape& tensor : shapes.tensors) { // an upsampler that a converter counted otherwise
            if (tensor.name.starts_with("diffusion_model.output_blocks.5.2.conv."))
                tensor.name.replace(tensor.name.find(".2.conv."), 8, ".1.conv.");
        }
        shapes.write(path);
        QVERIFY(openSingleFile(path).unet.tensors->has("up_blocks.1.upsamplers.0.conv.weight"));
    }

    void whatTheModelPredicts_data()
    {
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QByteArray>("extra"); // a tensor's name
        QTest::addColumn<QByteArray>("metadata");
        QTest::addColumn<QByteArray>("yaml");
        QTest::addColumn<double>("spread"); // of the last norm
        QTest::addColumn<QByteArray>("scheduler");
        const auto row = [](const char* name, const char* model, const char* extra, const char* metadata, const char* yaml,
                            double spread, const char* scheduler) {
            QTest::newRow(name) << QByteArray(model) << QByteArray(extra) << QByteArray(metadata) << QByteArray(yaml) << spread
                                << QByteArray(scheduler);
        };
        const char* const v =
            R"({"prediction_type": "v_prediction", "rescale_betas_zero_snr": false, "_class_name": "DDIMScheduler"})";
        const char* const epsilon = R"({"prediction_type": "epsilon"})";
        row("marker", "sdxl", "v_pred", "{}", "", 0,
            R"({"prediction_type": "v_prediction", "rescale_betas_zero_snr": false, "timestep_spacing": "leading"})");
        row("zero SNR", "sdxl", "ztsnr", "{}", "", 0, R"({"rescale_betas_zero_snr": true, "timestep_spacing": "trailing"})");
        row("zero SNR without PNDM", "sd15", "ztsnr", "{}", "", 0, R"({"_class_name": "DDIMScheduler"})");
        row("metadata say v", "sd2", "", R"({"modelspec.prediction_type": "v"})", "", 0, v);
        row("metadata say 768-v", "sd2", "", R"({"modelspec.architecture": "stable-diffusion-v2-768-v"})", "", 0, v);
        row("metadata say epsilon", "sd2", "", R"({"modelspec.prediction_type": "epsilon"})", "", 0.2, epsilon);
        row("yaml", "sd2", "", "{}", "model:\n  params:\n    parameterization: \"v\"\n", 0, v);
        row("yaml says eps", "sd2", "", "{}", "parameterization: eps", 0, epsilon);
        row("narrow norm", "sd2", "", "{}", "", 0.08, epsilon);
        row("wide norm", "sd2", "", "{}", "", 0.1, v);
        row("inpainting", "sd2-inpaint", "", "{}", "", 0.1, epsilon);
        row("Stable Diffusion 1", "sd15", "", "{}", "", 0.1, epsilon);
    }

    void whatTheModelPredicts()
    {
        QFETCH(QByteArray, model);
        QFETCH(QByteArray, extra);
        QFETCH(QByteArray, metadata);
        QFETCH(QByteArray, yaml);
        QFETCH(double, spread);
        QFETCH(QByteArray, scheduler);
        const TemporaryFolder folder;
        const fs::path path = folder.path() / "file.safetensors";
        CheckpointShapes shapes = publishedCheckpoint(model.toStdString());
        if (!extra.isEmpty())
            shapes.add(extra.toStdString(), {0}); // of no bytes, as ComfyUI writes it
        shapes.write(path, Json::parse(metadata.toStdString()));
        if (!yaml.isEmpty())
            writeText(folder.path() / "file.yaml", yaml.toStdString());
        if (spread > 0) { // +-spread by turns, in float16
            const auto half = static_cast<std::uint16_t>(std::lround((spread - 0.0625) / 0.0625 * 1024)) + 0x2c00U;
            std::vector<std::uint16_t> values(320);
            for (std::size_t i = 0; i < values.size(); ++i)
                values[i] = static_cast<std::uint16_t>(half | (i % 2 ? 0x8000U : 0U));
            pokeHalf(path, "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias", values);
        }
        const ModelParts parts = openSingleFile(path);
        compareJson(parts.scheduler.json, Json::parse(scheduler.toStdString()), "scheduler");
        const bool v = parts.scheduler.json.at("prediction_type") == "v_prediction";
        if (model == "sd2")
            QCOMPARE(modelInfo(parts).nativeSize, v ? 768 : 512);
    }

    void zeroSnrBakedIn()
    {
        const TemporaryFolder folder;
        const fs::path path = folder.path() / "file.safetensors";
        CheckpointShapes shapes = publishedCheckpoint("sd15");
        shapes.add("alphas_cumprod", {1000});
        shapes.write(path);
        QVERIFY(openSingleFile(path).scheduler.json.at("rescale_betas_zero_snr").get<bool>());
        pokeHalf(path, "alphas_cumprod", std::vector<std::uint16_t>(1000, 0x1cc7)); // 0.00467, the usual end
        QVERIFY(!openSingleFile(path).scheduler.json.at("rescale_betas_zero_snr").get<bool>());
    }
};

QTEST_GUILESS_MAIN(SingleFileTest)
#include "tst_single_file.moc"
