// SPDX-License-Identifier: Apache-2.0
#include "inference/io/lora_file.h"

#include "inference/api/error.h"
#include "inference/core/files.h"
#include "inference/io/lora_names.h"
#include "inference/io/lora_search.h"
#include "inference/io/safetensors_writer.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <random>

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

struct Shape {
    std::string name;
    std::vector<std::int64_t> shape;
};

/// A file of zeros.
fs::path loraFile(const TemporaryFolder& folder, const std::vector<Shape>& tensors)
{
    std::vector<TensorData> data;
    for (const Shape& tensor : tensors) {
        std::size_t count = 1;
        for (const std::int64_t side : tensor.shape)
            count *= static_cast<std::size_t>(side);
        const std::vector<float> zeros(count + 1);
        data.push_back(tensorData(tensor.name, tensor.shape, zeros.data()));
    }
    const fs::path file = folder.path() / "lora.safetensors";
    writeSafetensors(file, data);
    return file;
}

std::vector<Shape> pair(const std::string& module, std::int64_t in, std::int64_t out)
{
    return {{module + ".lora_down.weight", {4, in}}, {module + ".lora_up.weight", {out, 4}}};
}

/// One pair of factors, and `metadata` (JSON within JSON) as peft leaves it.
void writePeftFile(const fs::path& file, const std::string& metadata)
{
    const std::string header = "{\"__metadata__\":{\"lora_adapter_metadata\":\"" + metadata +
                               "\"},\"unet.conv_in.lora_A.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[0,4]},"
                               "\"unet.conv_in.lora_B.weight\":{\"dtype\":\"F32\",\"shape\":[1,1],\"data_offsets\":[4,8]}}";
    std::string bytes(8, 0);
    for (std::size_t i = 0; i < 8; ++i)
        bytes[i] = static_cast<char>(header.size() >> (8 * i));
    writeText(file, bytes + header + std::string(8, 0));
}

Error refusal(const fs::path& file)
{
    try {
        const LoraFile opened(file);
        return {};
    } catch (const Exception& e) {
        return e.error();
    }
}

bool contains(const std::string& text, const char* part)
{
    return text.find(part) != std::string::npos;
}

} // namespace

class LoraFileTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void keys_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<int>("target");
        QTest::addColumn<QString>("module");
        QTest::addColumn<int>("part");
        const auto row = [](const char* name, const char* key, LoraTarget target, const char* module, LoraPart part) {
            QTest::newRow(name) << key << static_cast<int>(target) << module << static_cast<int>(part);
        };
        using T = LoraTarget;
        using P = LoraPart;
        row("kohya", "lora_unet_down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_out_0.lora_down.weight", T::UNet,
            "down_blocks_0_attentions_1_transformer_blocks_0_attn1_to_out_0", P::Down);
        row("kohya alpha", "lora_unet_mid_block_attentions_0_proj_in.alpha", T::UNet, "mid_block_attentions_0_proj_in", P::Alpha);
        row("kohya text", "lora_te_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", T::TextEncoder,
            "encoder_layers_0_mlp_fc1", P::Up);
        row("kohya XL's first text", "lora_te1_text_model_encoder_layers_0_mlp_fc1.lora_up.weight", T::TextEncoder,
            "encoder_layers_0_mlp_fc1", P::Up);
        row("kohya XL's second text", "lora_te2_text_projection.lora_up.weight", T::TextEncoder2, "text_projection", P::Up);
        row("kohya XL, original names", "lora_unet_input_blocks_4_1_proj_in.lora_mid.weight", T::UNet, "input_blocks_4_1_proj_in",
            P::Mid);
        row("peft", "unet.up_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.lora_A.weight", T::UNet,
            "up_blocks_1_attentions_0_transformer_blocks_0_attn2_to_k", P::Down);
        row("peft with an adapter's name", "base_model.model.text_model.encoder.layers.2.self_attn.q_proj.lora_B.default.weight",
            T::TextEncoder, "encoder_layers_2_self_attn_q_proj", P::Up);
        row("peft DoRA", "unet.mid_block.attentions.0.proj_out.lora_magnitude_vector", T::UNet, "mid_block_attentions_0_proj_out",
            P::Magnitude);
        row("peft text", "text_encoder_2.text_model.encoder.layers.0.self_attn.k_proj.lora_A.weight", T::TextEncoder2,
            "encoder_layers_0_self_attn_k_proj", P::Down);
        row("old diffusers", "down_blocks.0.attentions.0.transformer_blocks.0.attn1.processor.to_q_lora.down.weight", T::UNet,
            "down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q", P::Down);
        row("old diffusers out", "unet.mid_block.attentions.0.transformer_blocks.0.attn1.processor.to_out_lora.up.weight",
            T::UNet, "mid_block_attentions_0_transformer_blocks_0_attn1_to_out_0", P::Up);
        row("diffusers between", "unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q.lora.up.weight", T::UNet,
            "mid_block_attentions_0_transformer_blocks_0_attn1_to_q", P::Up);
        row("diffusers between, text", "text_encoder.text_model.encoder.layers.1.self_attn.q_proj.lora_linear_layer.down.weight",
            T::TextEncoder, "encoder_layers_1_self_attn_q_proj", P::Down);
        row("LyCORIS", "lycoris_mid_block_resnets_0_conv1.hada_w1_a", T::UNet, "mid_block_resnets_0_conv1", P::HadaW1A);
        row("LoKr", "lora_unet_conv_in.lokr_w2_b", T::UNet, "conv_in", P::LokrW2B);
        row("difference of a norm", "lora_unet_down_blocks_0_resnets_0_norm1.w_norm", T::UNet, "down_blocks_0_resnets_0_norm1",
            P::Diff);
    }

    void keys()
    {
        QFETCH(QString, key);
        QFETCH(int, target);
        QFETCH(QString, module);
        QFETCH(int, part);
        const std::optional<LoraKey> parsed = parseLoraKey(key.toStdString());
        QVERIFY(parsed.has_value());
        QCOMPARE(static_cast<int>(parsed->target), target);
        QCOMPARE(QString::fromStdString(parsed->module), module);
        QCOMPARE(static_cast<int>(parsed->part), part);
    }

    void otherKeys_data()
    {
        QTest::addColumn<QString>("key");
        for (const char* key : {"", ".alpha", "lora_unet_.alpha", "conv_in.weight", "unet.conv_in.weight",
                                "bundle_emb.cat.clip_l", "lora_vae_x.alpha", "unet.conv_in.lora_A.bias"})
            QTest::newRow(key) << QString::fromLatin1(key);
    }

    void otherKeys()
    {
        QFETCH(QString, key);
        QVERIFY(!parseLoraKey(key.toStdString()));
    }

    // The arithmetic of model_files.md 2.1; Stable Diffusion XL has 3 input blocks per level.
    void originalNames_data()
    {
        QTest::addColumn<QString>("module");
        QTest::addColumn<QString>("original");
        const auto row = [](const char* module, const char* original) { QTest::newRow(module) << module << original; };
        row("conv_in", "input_blocks_0_0");
        row("conv_out", "out_2");
        row("time_embedding.linear_1", "time_embed_0");
        row("add_embedding.linear_2", "label_emb_0_2");
        row("down_blocks.0.resnets.1.conv1", "input_blocks_2_0_in_layers_2");
        row("down_blocks.0.downsamplers.0.conv", "input_blocks_3_0_op");
        row("down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q", "input_blocks_4_1_transformer_blocks_0_attn1_to_q");
        row("down_blocks.2.attentions.1.transformer_blocks.9.ff.net.0.proj",
            "input_blocks_8_1_transformer_blocks_9_ff_net_0_proj");
        row("down_blocks.1.resnets.0.conv_shortcut", "input_blocks_4_0_skip_connection");
        row("mid_block.resnets.1.time_emb_proj", "middle_block_2_emb_layers_1");
        row("mid_block.attentions.0.proj_in", "middle_block_1_proj_in");
        row("up_blocks.0.attentions.2.proj_out", "output_blocks_2_1_proj_out");
        row("up_blocks.0.upsamplers.0.conv", "output_blocks_2_2_conv output_blocks_2_1_conv");
        row("up_blocks.2.resnets.0.conv2", "output_blocks_6_0_out_layers_3");
        row("encoder.layers.0", "");
        row("down_blocks.x.resnets.0.conv1", "");
        row("down_blocks.0.resnets.0.frob", "");
        row("down_blocks", "");
        row("mid_block.resnets", "");
    }

    void originalNames()
    {
        QFETCH(QString, module);
        QFETCH(QString, original);
        QStringList names;
        for (const std::string& name : originalModuleNames(module.toStdString(), 3))
            names << QString::fromStdString(name);
        QCOMPARE(names.join(QLatin1Char(' ')), original);
    }

    void groupsModulesAndNamesUnknownKeys()
    {
        const TemporaryFolder folder;
        std::vector<Shape> tensors = pair("lora_unet_conv_in", 36, 8);
        tensors.push_back({"lora_unet_conv_in.alpha", {}});
        tensors.push_back({"something.else", {1}});
        tensors.push_back({"lora_te_text_model_lonely.alpha", {}});
        const LoraFile file(loraFile(folder, tensors));
        QCOMPARE(file.moduleCount(), std::size_t{1});
        const LoraModule* module = file.find(LoraTarget::UNet, "conv_in");
        QVERIFY(module);
        QVERIFY(module->kind == LoraKind::LowRank);
        QCOMPARE(module->parts.size(), std::size_t{3});
        QVERIFY(!file.find(LoraTarget::TextEncoder, "conv_in"));
        QVERIFY(!file.find(LoraTarget::UNet, "conv_out"));
        QCOMPARE(file.unknownKeys().size(), std::size_t{2});
        QCOMPARE(file.without({}), std::vector<std::string>{"lora_unet_conv_in"});
        QVERIFY(file.without({module}).empty());
    }

    void families_data()
    {
        QTest::addColumn<QString>("module");
        QTest::addColumn<int>("in");
        QTest::addColumn<QString>("family");
        const char* cross = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_k";
        QTest::newRow("1") << cross << 768 << "sd1";
        QTest::newRow("2") << cross << 1024 << "sd2";
        QTest::newRow("XL") << "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_v" << 2048 << "sdxl";
        QTest::newRow("refiner") << cross << 1280 << "sdxl";
        QTest::newRow("other") << cross << 32 << "";
        QTest::newRow("slider of XL") << "lora_unet_mid_block_attentions_0_transformer_blocks_7_attn1_to_q" << 1280 << "sdxl";
        QTest::newRow("slider") << "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn1_to_q" << 1280 << "";
        QTest::newRow("text only 1") << "lora_te_text_model_encoder_layers_0_self_attn_q_proj" << 768 << "sd1";
        QTest::newRow("text only 2") << "lora_te_text_model_encoder_layers_0_self_attn_q_proj" << 1024 << "sd2";
        QTest::newRow("text only XL") << "lora_te2_text_model_encoder_layers_0_self_attn_q_proj" << 1280 << "sdxl";
        QTest::newRow("first text of XL") << "lora_te1_text_model_encoder_layers_0_self_attn_q_proj" << 768 << "";
    }

    void families()
    {
        QFETCH(QString, module);
        QFETCH(int, in);
        QFETCH(QString, family);
        const TemporaryFolder folder;
        const LoraFile file(loraFile(folder, pair(module.toStdString(), in, 8)));
        QCOMPARE(QString::fromStdString(file.family()), family);
    }

    void kroneckerInputsAreAProduct()
    {
        const TemporaryFolder folder;
        const std::string module = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";
        const LoraFile file(loraFile(
            folder, {{module + ".lokr_w1", {4, 8}}, {module + ".lokr_w2_a", {80, 2}}, {module + ".lokr_w2_b", {2, 96}}}));
        QCOMPARE(file.contextWidth(), std::int64_t{768});
        QCOMPARE(file.family(), std::string("sd1"));
    }

    void refused_data()
    {
        QTest::addColumn<QString>("key");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, const char* key, ErrorCode code) {
            QTest::newRow(name) << key << static_cast<int>(code);
        };
        row("a model", "conv_in.weight", ErrorCode::BadInput);
        row("half of a pair", "lora_unet_conv_in.lora_down.weight", ErrorCode::BadInput);
        row("core alone", "lora_unet_conv_in.lora_mid.weight", ErrorCode::BadInput);
        row("one of four", "lora_unet_conv_in.hada_w1_a", ErrorCode::BadInput);
        row("half a product", "lora_unet_conv_in.lokr_w1", ErrorCode::BadInput);
        row("OFT", "lora_unet_conv_in.oft_blocks", ErrorCode::Unsupported);
        row("GLoRA", "lora_unet_conv_in.a1.weight", ErrorCode::Unsupported);
        row("Flux", "lora_unet_double_blocks_0_img_attn_proj.lora_down.weight", ErrorCode::Unsupported);
        row("AnimateDiff", "down_blocks.0.motion_modules.0.temporal_transformer.proj_in.weight", ErrorCode::Unsupported);
    }

    void refused()
    {
        QFETCH(QString, key);
        QFETCH(int, code);
        const TemporaryFolder folder;
        const Error error = refusal(loraFile(folder, {{key.toStdString(), {4, 4}}}));
        QCOMPARE(static_cast<int>(error.code), code);
        QVERIFY(contains(error.where, "lora.safetensors"));
        QVERIFY(contains(error.where, key.toLatin1().constData()));
    }

    void twoKindsInOneModuleAreRefused()
    {
        const TemporaryFolder folder;
        std::vector<Shape> tensors = pair("lora_unet_conv_in", 36, 8);
        tensors.push_back({"lora_unet_conv_in.lokr_w1", {2, 2}});
        QVERIFY(refusal(loraFile(folder, tensors)).code == ErrorCode::BadInput);
    }

    void sameTwiceIsRefused()
    {
        const TemporaryFolder folder;
        std::vector<Shape> tensors = pair("lora_unet_conv_in", 36, 8);
        tensors.push_back({"unet.conv_in.lora_A.weight", {4, 36}});
        const Error error = refusal(loraFile(folder, tensors));
        QVERIFY(error.code == ErrorCode::BadInput);
        QVERIFY(contains(error.where, "conv_in"));
    }

    void picklesAndMissingFilesAreRefused()
    {
        QVERIFY(contains(refusal("somewhere/lora.pt").what, "pickled"));
        QVERIFY(contains(refusal("somewhere/lora.safetensors").where, "somewhere"));
    }

    void alphaInMetadata_data()
    {
        QTest::addColumn<QString>("metadata");
        QTest::addColumn<double>("alpha"); // -1: none
        QTest::addColumn<bool>("rankStabilised");
        const auto row = [](const char* name, const char* json, double alpha, bool rankStabilised) {
            QTest::newRow(name) << QString::fromLatin1(json).replace(u'"', QStringLiteral("\\\"")) << alpha << rankStabilised;
        };
        row("for all", R"({"unet.lora_alpha": 8, "unet.r": 4})", 8, false);
        row("rank-stabilised", R"({"unet.lora_alpha": 8, "unet.use_rslora": true})", 8, true);
        row("its own", R"({"unet.lora_alpha": 8, "unet.alpha_pattern": {"conv_in": 2.5}})", 2.5, false);
        row("the longest pattern", R"({"unet.alpha_pattern": {"in": 1, "conv_in": 2, "other.conv_in": 3}})", 2, false);
        row("another module's", R"({"unet.lora_alpha": 8, "unet.alpha_pattern": {"conv_out": 2, "v_in": 3}})", 8, false);
        row("another network's", R"({"text_encoder.lora_alpha": 8})", -1, false);
        row("wrong types", R"({"unet.lora_alpha": "8", "unet.alpha_pattern": [1], "unet.use_rslora": 1})", -1, false);
        row("no object", "[1]", -1, false);
        row("no JSON", "no JSON", -1, false);
    }

    void alphaInMetadata()
    {
        QFETCH(QString, metadata);
        QFETCH(double, alpha);
        QFETCH(bool, rankStabilised);
        const TemporaryFolder folder;
        const fs::path path = folder.path() / "peft.safetensors";
        writePeftFile(path, metadata.toStdString());
        const LoraFile file(path);
        const LoraModule* module = file.find(LoraTarget::UNet, "conv_in");
        QVERIFY(module);
        QCOMPARE(module->configuredAlpha.value_or(-1), alpha);
        QCOMPARE(module->rankStabilised, rankStabilised);
    }

    // Whatever is cut off or turned round in a real file: accepted or BadInput, never anything else.
    void damagedFiles()
    {
        const TemporaryFolder folder;
        const fs::path whole = fs::path(PENTIMENTO_SOURCE_DIR) / "tests" / "reference" / "sd15-lora" / "kohya.safetensors";
        const std::vector<std::uint8_t> bytes = readBinaryFile(whole, 1 << 20);
        const fs::path file = folder.path() / "damaged.safetensors";
        for (std::size_t length = 0; length < bytes.size(); length += 997) {
            writeText(file, {reinterpret_cast<const char*>(bytes.data()), length});
            QVERIFY(refusal(file).code == ErrorCode::BadInput);
        }
        std::mt19937 random(3);
        for (int round = 0; round < 300; ++round) {
            std::string damaged(bytes.begin(), bytes.end());
            for (int i = 0; i < 4; ++i)
                damaged[random() % 20000] = static_cast<char>(random());
            writeText(file, damaged);
            try {
                const LoraFile opened(file);
                opened.family();
            } catch (const Exception& e) {
                QVERIFY(e.error().code == ErrorCode::BadInput || e.error().code == ErrorCode::Unsupported);
            }
        }
    }

    void foundByName()
    {
        const TemporaryFolder folder;
        fs::create_directories(folder.path() / "styles");
        const fs::path ink = folder.path() / "styles" / "Ink v1.2.safetensors", fur = folder.path() / "fur.safetensors";
        writeText(ink, "x");
        writeText(fur, "x");
        qputenv("PENTIMENTO_LORAS", QByteArray("/nowhere:") + folder.path().string().c_str());
        QCOMPARE(resolveLora("FUR"), fur);
        QCOMPARE(resolveLora("ink v1.2"), ink);
        QCOMPARE(resolveLora("fur.safetensors"), fur);
        QCOMPARE(resolveLora("elsewhere/fur"), fs::absolute("elsewhere/fur"));
        try {
            resolveLora("fu");
            QFAIL("it was found");
        } catch (const Exception& e) {
            QVERIFY(e.error().code == ErrorCode::BadInput);
            QCOMPARE(e.error().where, std::string("fu"));
            QVERIFY(contains(e.error().remedy, "Ink v1.2"));
        }
        qunsetenv("PENTIMENTO_LORAS");
    }
};

QTEST_APPLESS_MAIN(LoraFileTest)
#include "tst_lora_file.moc"
