// SPDX-License-Identifier: Apache-2.0
// Single files that are no model, or damaged: told what they are. And how those that are models are found.
#include "inference/api/model_info.h"
#include "inference/api/settings.h"
#include "inference/core/files.h"
#include "inference/io/single_file.h"
#include "tests/support/checkpoint_shapes.h"

#include <QtTest>

#include "tests/support/temporary_folder.h"

#include <random>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

/// A tokenizer folder of so many tokens in all.
void writeTokenizer(const fs::path& folder, int tokens)
{
    fs::create_directories(folder);
    Json vocabulary = Json::object();
    for (int i = 0; i < tokens; ++i)
        vocabulary["t" + std::to_string(i)] = i;
    writeText(folder / "vocab.json", vocabulary.dump());
    writeText(folder / "merges.txt", "#version: 0.2\n");
}

CheckpointShapes only(std::initializer_list<const char*> names)
{
    CheckpointShapes shapes;
    for (const char* name : names)
        shapes.add(name, {4, 4});
    return shapes;
}

/// Parts of Stable Diffusion 1.5.
CheckpointShapes parts(bool unet, bool vae, bool text)
{
    CheckpointShapes shapes;
    if (unet)
        shapes.unet({});
    if (vae)
        shapes.vae();
    if (text)
        shapes.clip("cond_stage_model.transformer.text_model.");
    return shapes;
}

CheckpointShapes with(CheckpointShapes shapes, const char* name)
{
    shapes.add(name, {1});
    return shapes;
}

} // namespace

Q_DECLARE_METATYPE(CheckpointShapes)

class FileKindTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        qunsetenv("PENTIMENTO_MODELS");
        qputenv("PENTIMENTO_RESOURCES", PENTIMENTO_SOURCE_DIR "/resources");
    }

    void otherFilesAreNamed_data()
    {
        QTest::addColumn<CheckpointShapes>("shapes");
        QTest::addColumn<int>("code");
        QTest::addColumn<QByteArray>("told");
        const auto row = [](const char* name, const CheckpointShapes& shapes, ErrorCode code, const char* told) {
            QTest::newRow(name) << shapes << int(code) << QByteArray(told);
        };
        const ErrorCode bad = ErrorCode::BadInput, other = ErrorCode::Unsupported;
        row("LoRA of kohya", only({"lora_unet_down_blocks_0.lora_down.weight", "lora_unet_down_blocks_0.lora_up.weight"}), bad,
            "LoRA");
        row("LoRA of peft", only({"unet.down_blocks.0.attn1.to_q.lora_A.weight"}), bad, "LoRA");
        row("LoHa", only({"lora_unet_x.hada_w1_a", "lora_unet_x.hada_w1_b"}), bad, "LoRA");
        row("ControlNet", only({"control_model.input_hint_block.0.weight"}), bad, "ControlNet");
        row("ControlNet of diffusers", only({"controlnet_cond_embedding.conv_in.weight", "conv_in.weight"}), bad, "ControlNet");
        row("embedding", only({"emb_params"}), bad, "embedding");
        row("embedding of diffusers", only({"<cat-toy>"}), bad, "embedding");
        row("embedding of XL", only({"clip_l", "clip_g"}), bad, "embedding");
        row("IP-Adapter", only({"image_proj.proj.weight", "ip_adapter.1.to_k_ip.weight"}), bad, "IP-Adapter");
        row("TAESD", only({"decoder.layers.1.conv.0.weight", "encoder.layers.0.weight", "x.y"}), bad, "TAESD");
        row("VAE", parts(false, true, false), bad, "VAE, no model");
        row("VAE of diffusers", only({"decoder.up_blocks.0.resnets.0.conv1.weight", "a.b", "c.d"}), bad, "VAE, no model");
        row("text encoder", parts(false, false, true), bad, "text encoder, no model");
        row("UNet", parts(true, false, false), bad, "UNet alone");
        row("UNet of diffusers", only({"down_blocks.0.resnets.0.time_emb_proj.weight", "conv_in.weight", "a.b"}), bad,
            "diffusers folder");
        row("no VAE", parts(true, false, true), bad, "no VAE");
        row("no text encoder", parts(true, true, false), bad, "no text encoder");
        row("something else", only({"layers.0.weight", "layers.1.weight", "layers.2.weight"}), bad,
            "no Stable Diffusion checkpoint");
        row("nothing", CheckpointShapes(), bad, "no Stable Diffusion checkpoint");
        row("Stable Diffusion 3", only({"model.diffusion_model.joint_blocks.0.x"}), other, "Stable Diffusion 3");
        row("Flux", only({"double_blocks.0.img_attn.qkv.weight"}), other, "Flux");
        row("video", with(parts(true, true, true), "model.diffusion_model.input_blocks.1.0.time_stack.x"), other, "video");
        row("depth", with(parts(true, true, true), "depth_model.model.x"), other, "depth");
        row("Playground", with(publishedCheckpoint("sdxl"), "edm_mean"), other, "EDM");
        row("CosXL", with(publishedCheckpoint("sdxl"), "edm_vpred.sigma_max"), other, "EDM");
        row("quantised", with(parts(true, true, true), "model.diffusion_model.out.2.comfy_quant"), other, "quantised");
        CheckpointShapes pix2pix = parts(false, true, true), depths = parts(false, true, true);
        pix2pix.unet({8});
        row("instruct-pix2pix", pix2pix, other, "instruct-pix2pix");
        depths.unet({5});
        row("depth by channels", depths, other, "depth");
        CheckpointShapes gaps = parts(true, true, true); // SDXS
        std::erase_if(gaps.tensors, [](const TensorShape& t) { return t.name.find("output_blocks.7.1.") != std::string::npos; });
        row("attention in some layers", gaps, other, "attention");
    }

    void otherFilesAreNamed()
    {
        QFETCH(CheckpointShapes, shapes);
        QFETCH(int, code);
        QFETCH(QByteArray, told);
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "dreamshaper-v1-5-inpainting.safetensors"; // its name tells nothing
        shapes.write(file);
        const auto info = inspectModel(file);
        const Error* error = std::get_if<Error>(&info);
        QVERIFY(error);
        QCOMPARE(int(error->code), code);
        QVERIFY2(error->what.find(told.toStdString()) != std::string::npos, formatError(*error).c_str());
        QVERIFY2(error->where.find(file.string()) != std::string::npos, formatError(*error).c_str());
        QVERIFY(!error->remedy.empty());
    }

    void wrongShapesAreNamed_data()
    {
        QTest::addColumn<QByteArray>("tensor");
        QTest::addColumn<QByteArray>("shape");
        for (const char* tensor :
             {"model.diffusion_model.input_blocks.0.0.weight", "first_stage_model.decoder.conv_in.weight",
              "conditioner.embedders.1.model.text_projection", "conditioner.embedders.1.model.token_embedding.weight",
              "conditioner.embedders.1.model.transformer.resblocks.3.attn.in_proj_weight",
              "model.diffusion_model.label_emb.0.0.weight"}) {
            QTest::addRow("%s: one side", tensor) << QByteArray(tensor) << QByteArray("[4]");
            QTest::addRow("%s: none", tensor) << QByteArray(tensor) << QByteArray("[]");
        }
    }

    void wrongShapesAreNamed()
    {
        QFETCH(QByteArray, tensor);
        QFETCH(QByteArray, shape);
        CheckpointShapes shapes = publishedCheckpoint("sdxl");
        for (TensorShape& one : shapes.tensors) {
            if (one.name == tensor.toStdString())
                one.shape = Json::parse(shape.toStdString()).get<std::vector<std::int64_t>>();
        }
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "file.safetensors";
        shapes.write(file);
        const auto info = inspectModel(file);
        const Error* error = std::get_if<Error>(&info);
        QVERIFY(error);
        QCOMPARE(error->code, ErrorCode::BadInput);
        QCOMPARE(QByteArray::fromStdString(error->where), QByteArray::fromStdString(file.string()) + ", tensor " + tensor);
    }

    void doubledTensorsAreRefused()
    {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "file.safetensors";
        with(publishedCheckpoint("sd15"), "model.diffusion_model.output_blocks.5.1.conv.weight").write(file);
        const Error error = std::get<Error>(inspectModel(file));
        QCOMPARE(error.code, ErrorCode::BadInput);
        QVERIFY2(error.what.find("output_blocks.5") != std::string::npos, formatError(error).c_str());
    }

    /// Headers with characters changed at random: an answer or an error that names the file.
    void damagedHeadersNeverCrash()
    {
        const TemporaryFolder folder;
        const fs::path whole = folder.path() / "whole.safetensors", file = folder.path() / "file.safetensors";
        publishedCheckpoint("sdxl-inpaint").write(whole);
        const std::size_t size = fs::file_size(whole);
        std::string valid(1 << 20, '\0');
        std::ifstream(whole, std::ios::binary).read(valid.data(), static_cast<std::streamsize>(valid.size()));
        std::size_t headerBytes = 0;
        std::memcpy(&headerBytes, valid.data(), 8);
        QVERIFY(headerBytes < valid.size() - 8);
        valid.resize(8 + headerBytes);
        std::mt19937 random(43);
        int answers = 0;
        for (int round = 0; round < 150; ++round) {
            std::string text = valid;
            for (unsigned i = 1 + random() % 4; i > 0; --i) {
                constexpr std::string_view likely = "0123456789,[]{}\":-e._abw";
                text[8 + random() % headerBytes] = likely[random() % likely.size()];
            }
            writeText(file, text);
            fs::resize_file(file, size);
            const auto info = inspectModel(file);
            if (const auto* error = std::get_if<Error>(&info))
                QVERIFY2(error->where.find(file.string()) != std::string::npos, formatError(*error).c_str());
            else
                ++answers;
        }
        QVERIFY(answers > 0);
    }

    void truncatedFilesAreRefused()
    {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "file.safetensors";
        publishedCheckpoint("sd15").write(file);
        for (const std::uintmax_t size :
             {fs::file_size(file) - 1, std::uintmax_t{200'000}, std::uintmax_t{50'000}, std::uintmax_t{9}, std::uintmax_t{0}}) {
            fs::resize_file(file, size);
            const Error error = std::get<Error>(inspectModel(file));
            QCOMPARE(error.code, ErrorCode::BadInput);
            QVERIFY(error.where.find(file.string()) != std::string::npos);
        }
    }

    void filesAreFoundByTheirStem()
    {
        const TemporaryFolder folder;
        publishedCheckpoint("sd15-inpaint").write(folder.path() / "Dream.v8.safetensors");
        only({"lora_unet_x.lora_down.weight"}).write(folder.path() / "style.safetensors");
        writeText(folder.path() / "old.ckpt", "x");
        writeText(folder.path() / "readme.txt", "x");
        qputenv("PENTIMENTO_MODELS", QByteArray::fromStdString(folder.path().string()));
        QCOMPARE(std::get<fs::path>(resolveModel("dream.V8")), folder.path() / "Dream.v8.safetensors");
        QVERIFY(std::get<Error>(resolveModel("nothing")).remedy.find("Dream.v8,") != std::string::npos);
        QCOMPARE(std::get<fs::path>(resolveModel((folder.path() / "style.safetensors").string())),
                 folder.path() / "style.safetensors");
        const std::vector<ListedModel> list = listModels();
        QCOMPARE(list.at(0).path, folder.path() / "Dream.v8.safetensors");
        QVERIFY(std::get<ModelInfo>(list.at(0).info).inpaintModel());
        QVERIFY(std::get<Error>(list.at(1).info).what.find("pickle") != std::string::npos);
        QVERIFY(std::get<Error>(list.at(2).info).what.find("LoRA") != std::string::npos);
    }

    // People sort their files into folders; a model's own folders hold no further models.
    void foldersOfFoldersAreSearched()
    {
        const TemporaryFolder folder;
        const fs::path deep = folder.path() / "checkpoints" / "sd15" / "paint.safetensors";
        const fs::path model = folder.path() / "folders" / "mine";
        for (const fs::path& made : {deep.parent_path(), model / "unet", folder.path() / "net", folder.path() / "a/b/c/d/e/f"})
            fs::create_directories(made);
        publishedCheckpoint("sd15-inpaint").write(deep);
        writeText(model / "model_index.json", "{}");
        writeText(folder.path() / "net" / "config.json", "{}");
        for (const fs::path& part : {model / "unet", folder.path() / "net", folder.path() / "a/b/c/d/e/f"})
            publishedCheckpoint("sd15").write(part / "part.safetensors");
        const std::vector<ListedModel> list = listModelsIn(folder.path());
        QCOMPARE(list.size(), std::size_t(2));
        QCOMPARE(list.at(0).path, deep);
        QCOMPARE(list.at(1).path, model);
        qputenv("PENTIMENTO_MODELS", QByteArray::fromStdString(folder.path().string()));
        QCOMPARE(std::get<fs::path>(resolveModel("paint")), deep);
    }

    void linksKeepTheirNames()
    {
        const TemporaryFolder folder;
        publishedCheckpoint("sd15").write(folder.path() / "6ce0161689");
        std::error_code ec;
        fs::create_symlink(folder.path() / "6ce0161689", folder.path() / "link.safetensors", ec);
        if (ec)
            QSKIP("no links here");
        const fs::path resolved = std::get<fs::path>(resolveModel((folder.path() / "link.safetensors").string()));
        QCOMPARE(std::get<ModelInfo>(inspectModel(resolved)).name, std::string("link"));
    }

    void theVocabularyIsLookedFor()
    {
        const TemporaryFolder models, resources;
        const fs::path file = models.path() / "file.safetensors";
        publishedCheckpoint("sd15").write(file);
        qputenv("PENTIMENTO_MODELS", QByteArray::fromStdString(models.path().string()));
        qputenv("PENTIMENTO_RESOURCES", QByteArray::fromStdString(resources.path().string()));
        QVERIFY(clipVocabularyFolder().empty());
        const ModelInfo info = std::get<ModelInfo>(inspectModel(file));
        QCOMPARE(info.missing.size(), std::size_t{1});
        QVERIFY(info.missing[0].find("clip-vocabulary.sh") != std::string::npos);
        writeTokenizer(models.path() / "a-small" / "tokenizer", 735);
        QVERIFY(clipVocabularyFolder().empty());
        writeTokenizer(models.path() / "b-real" / "tokenizer", 49408);
        QCOMPARE(clipVocabularyFolder(), models.path() / "b-real" / "tokenizer");
        QVERIFY(std::get<ModelInfo>(inspectModel(file)).missing.empty());
        writeTokenizer(resources.path() / "tokenizer" / "clip", 49408);
        QCOMPARE(clipVocabularyFolder(), resources.path() / "tokenizer" / "clip");
    }
};

QTEST_GUILESS_MAIN(FileKindTest)
#include "tst_file_kind.moc"
