// SPDX-License-Identifier: Apache-2.0
#include "inference/api/model_info.h"

#include "inference/api/settings.h"
#include "inference/core/files.h"
#include "inference/core/json.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <random>

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

const fs::path reference = fs::path(PENTIMENTO_SOURCE_DIR) / "tests" / "reference";
const fs::path starter = fs::path(PENTIMENTO_SOURCE_DIR) / "resources" / "models" / "starter";

ModelInfo inspected(const fs::path& model)
{
    auto info = inspectModel(model);
    if (const auto* error = std::get_if<Error>(&info))
        qFatal("%s", formatError(*error).c_str());
    return std::get<ModelInfo>(std::move(info));
}

/// A copy of the small reference model that a test may damage.
void copyModel(const fs::path& target)
{
    fs::copy(reference / "sd15-inpaint", target, fs::copy_options::recursive);
}

Json config(const fs::path& file)
{
    return readJsonFile(file);
}

} // namespace

class ModelInfoTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init() { qunsetenv("PENTIMENTO_MODELS"); }

    void factsOfTheReferenceModels()
    {
        const ModelInfo info = inspected(reference / "sd15-inpaint");
        QCOMPARE(info.name, std::string("sd15-inpaint"));
        QVERIFY(info.inpaintModel());
        QCOMPARE(info.unetDownsamplings, 2);
        QCOMPARE(info.vaeFactor, 8);
        QCOMPARE(info.nativeSize, 64);
        QCOMPARE(info.predictionType, std::string("epsilon"));
        QCOMPARE(info.schedulerClass, std::string("DDIMScheduler"));
        QCOMPARE(info.dtype, std::string("F32"));
        QVERIFY(info.missing.empty() && info.bytes > 4 * info.parameters && info.parameters > 700'000);
        QCOMPARE(inspected(reference / "sd15-base").unetInChannels, 4);
    }

    void notesOfTheStarter()
    {
        const ModelInfo info = inspected(starter);
        const Json notes = config(starter / "pentimento.json");
        QCOMPARE(info.name, notes.at("name").get<std::string>());
        QCOMPARE(info.version, notes.at("version").dump());
        QCOMPARE(info.nativeSize, notes.at("native_size").get<int>());
        QCOMPARE(info.prefill, Prefill::PullPush);
        QVERIFY(info.latentRgbFactors && info.latentRgbBias);
        QCOMPARE((*info.latentRgbFactors)[3][2], notes.at("latent_rgb_factors")[3][2].get<float>());
        QCOMPARE(info.modes.at(Mode::Erase).maxSize, std::optional(notes.at("modes").at("erase").at("max_size").get<int>()));
        QVERIFY(info.missing.empty());
        const std::vector<std::string> suggestions = promptSuggestions(info);
        QVERIFY(suggestions.size() > 100);
        for (const std::string& line : suggestions)
            QVERIFY(!line.empty() && line[0] != '#' && line.back() != '\r');
    }

    void familiesAreToldByShapes_data()
    {
        QTest::addColumn<QByteArray>("change");
        QTest::addColumn<QByteArray>("family");
        QTest::newRow("768") << QByteArray(R"({"cross_attention_dim": 768})") << QByteArray("sd1");
        QTest::newRow("1024") << QByteArray(R"({"cross_attention_dim": [1024, 1024, 1024]})") << QByteArray("sd2");
        QTest::newRow("text and time") << QByteArray(R"({"cross_attention_dim": 2048, "addition_embed_type": "text_time"})")
                                       << QByteArray("sdxl");
        QTest::newRow("else") << QByteArray(R"({"cross_attention_dim": 192})") << QByteArray("other");
    }

    void familiesAreToldByShapes()
    {
        QFETCH(QByteArray, change);
        QFETCH(QByteArray, family);
        const TemporaryFolder folder;
        copyModel(folder.path() / "sdxl"); // the name tells nothing
        const fs::path file = folder.path() / "sdxl" / "unet" / "config.json";
        Json json = config(file);
        json.update(Json::parse(change.toStdString()));
        writeText(file, json.dump());
        QCOMPARE(inspected(folder.path() / "sdxl").family, family.toStdString());
    }

    void missingPartsAreListed()
    {
        const TemporaryFolder folder;
        const fs::path model = folder.path() / "m";
        copyModel(model);
        fs::remove_all(model / "scheduler");
        fs::remove(model / "tokenizer" / "merges.txt");
        QCOMPARE(inspected(model).missing, std::vector<std::string>({"scheduler/scheduler_config.json", "tokenizer/merges.txt"}));
    }

    void damageIsNamed_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("content"); // empty: the file is removed
        QTest::addColumn<QByteArray>("named");
        const auto row = [](const char* file, const char* content, const char* named) {
            QTest::addRow("%s: %s", file, content) << QByteArray(file) << QByteArray(content) << QByteArray(named);
        };
        row("model_index.json", "", "model_index.json");
        row("model_index.json", "[]", "model_index.json");
        row("unet/config.json", "", "unet/config.json");
        row("unet/config.json", "{", "unet/config.json");
        row("unet/config.json", R"({"in_channels": "nine"})", "in_channels");
        row("unet/config.json", R"({"in_channels": 4})", "conv_in.weight");
        row("unet/config.json", R"({"in_channels": 9, "block_out_channels": 5})", "block_out_channels");
        row("unet/config.json", R"({"in_channels": 9, "sample_size": 1e30})", "sample_size");
        row("unet/config.json", R"({"in_channels": 9, "sample_size": -1})", "sample_size");
        row("vae/config.json", R"({"block_out_channels": [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]})",
            "block_out_channels");
        row("scheduler/scheduler_config.json", R"({"prediction_type": 1})", "prediction_type");
        row("unet/diffusion_pytorch_model.safetensors", "", "unet/diffusion_pytorch_model.safetensors");
        row("vae/diffusion_pytorch_model.safetensors", "short", "vae/diffusion_pytorch_model.safetensors");
        row("pentimento.json", R"({"native_size": 5000000})", "native_size");
        row("pentimento.json", R"({"name": 1})", "name");
        row("pentimento.json", R"({"prefill": "lama"})", "prefill");
        row("pentimento.json", R"({"latent_rgb_factors": [[1,2,3]]})", "latent_rgb_factors");
        row("pentimento.json", R"({"latent_rgb_bias": [1,2,"3"]})", "latent_rgb_bias");
        row("pentimento.json", R"({"modes": [1]})", "modes");
        row("pentimento.json", R"({"modes": {"fill": 1}})", "modes.fill");
        row("pentimento.json", R"({"modes": {"fill": {"steps": 0}}})", "steps");
        row("pentimento.json", R"({"modes": {"fill": {"steps": 2.5}}})", "steps");
        row("pentimento.json", R"({"modes": {"fill": {"guidance": "high"}}})", "guidance");
        row("pentimento.json", R"({"modes": {"fill": {"strength": 1.01}}})", "strength");
        row("pentimento.json", R"({"prompt_suggestions": "../../secret.txt"})", "prompt_suggestions");
        row("pentimento.json", R"({"prompt_suggestions": "/etc/passwd"})", "prompt_suggestions");
    }

    void damageIsNamed()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, named);
        const TemporaryFolder folder;
        const fs::path model = folder.path() / "m";
        copyModel(model);
        const fs::path target = model / file.toStdString();
        if (content.isEmpty())
            fs::remove(target);
        else
            writeText(target, content.toStdString());
        const auto info = inspectModel(model);
        const auto* error = std::get_if<Error>(&info);
        QVERIFY(error);
        QCOMPARE(error->code, ErrorCode::BadInput);
        const std::string line = formatError(*error);
        QVERIFY2(line.find(named.toStdString()) != std::string::npos, line.c_str());
    }

    void otherThingsThanModelsAreRefused()
    {
        const TemporaryFolder folder;
        writeText(folder.path() / "model.ckpt", "x");
        writeText(folder.path() / "model.safetensors", "x");
        const auto code = [](const fs::path& path) { return std::get<Error>(inspectModel(path)).code; };
        QCOMPARE(code(folder.path()), ErrorCode::BadInput);
        QCOMPARE(code(folder.path() / "missing"), ErrorCode::BadInput);
        QCOMPARE(code(folder.path() / "model.ckpt"), ErrorCode::BadInput);
        QCOMPARE(code(folder.path() / "model.safetensors"), ErrorCode::BadInput); // damaged
    }

    /// Configs with values and structure changed at random: an answer or an error that names the file.
    void damagedConfigsNeverCrash()
    {
        const TemporaryFolder folder;
        const fs::path model = folder.path() / "m";
        copyModel(model);
        fs::copy_file(starter / "pentimento.json", model / "pentimento.json");
        std::mt19937 random(41);
        for (const char* name :
             {"unet/config.json", "vae/config.json", "scheduler/scheduler_config.json", "pentimento.json", "model_index.json"}) {
            const std::string valid = readTextFile(model / name, 1 << 20);
            for (int round = 0; round < 400; ++round) {
                std::string text = valid;
                for (unsigned i = 1 + random() % 6; i > 0; --i) {
                    constexpr std::string_view likely = "0123456789,[]{}\":-e.nt";
                    text[random() % text.size()] = likely[random() % likely.size()];
                }
                writeText(model / name, text);
                const auto info = inspectModel(model);
                if (const auto* error = std::get_if<Error>(&info))
                    QVERIFY2(error->where.find(model.string()) != std::string::npos, formatError(*error).c_str());
                else
                    promptSuggestions(std::get<ModelInfo>(info));
            }
            writeText(model / name, valid);
        }
    }

    void defaultsComeFromTheModelElseInGeneral()
    {
        ModelInfo model;
        QCOMPARE(runDefaults(model, Mode::Fill).steps, 25);
        QCOMPARE(runDefaults(model, Mode::Fill).guidance, 7.0);
        QCOMPARE(runDefaults(model, Mode::Fill).strength, 1.0);
        QCOMPARE(runDefaults(model, Mode::Fill).scheduler, std::string("model"));
        QCOMPARE(runDefaults(model, Mode::Erase).guidance, 1.0);
        QCOMPARE(runDefaults(model, Mode::Expand).guidance, 1.0);
        QCOMPARE(runDefaults(model, Mode::Refine).strength, 0.5);
        model.modes[Mode::Refine].guidance = 2.5;
        model.modes[Mode::Refine].maxSize = 512;
        QCOMPARE(runDefaults(model, Mode::Refine).guidance, 2.5);
        QCOMPARE(runDefaults(model, Mode::Refine).maxSize, 512);
        QCOMPARE(runDefaults(model, Mode::Refine).steps, 25);
    }

    void namesAreFoundOnTheSearchPath()
    {
        const TemporaryFolder first, second;
        copyModel(first.path() / "Mine");
        copyModel(second.path() / "mine");
        copyModel(second.path() / "other");
        fs::create_directory(first.path() / "no-model");
        qputenv("PENTIMENTO_MODELS", QByteArray::fromStdString(first.path().string() + ":" + second.path().string()));
        QCOMPARE(std::get<fs::path>(resolveModel("mine")), first.path() / "Mine"); // the earlier place wins
        QCOMPARE(std::get<fs::path>(resolveModel("OTHER")), second.path() / "other");
        QCOMPARE(std::get<fs::path>(resolveModel("starter")), resourceFolder() / "models" / "starter");
        QCOMPARE(std::get<fs::path>(resolveModel((second.path() / "other").string())), second.path() / "other");
        const Error missing = std::get<Error>(resolveModel("nothing"));
        QCOMPARE(missing.code, ErrorCode::BadInput);
        QVERIFY(missing.remedy.find("other") != std::string::npos);
        QCOMPARE(std::get<Error>(resolveModel("./nothing")).code, ErrorCode::BadInput);
    }

    void theListHoldsBrokenModelsWithTheirError()
    {
        const TemporaryFolder folder;
        copyModel(folder.path() / "good");
        copyModel(folder.path() / "bad");
        writeText(folder.path() / "bad" / "unet" / "config.json", "{");
        qputenv("PENTIMENTO_MODELS", QByteArray::fromStdString(folder.path().string()));
        int good = 0, bad = 0;
        for (const ListedModel& model : listModels()) {
            if (model.path.parent_path() == folder.path())
                (std::holds_alternative<Error>(model.info) ? bad : good) += 1;
        }
        QCOMPARE(good, 1);
        QCOMPARE(bad, 1);
    }

    void withoutANameTheSettingThenTheStarterIsTaken()
    {
        QVERIFY(!saveSharedSettings({}));
        QCOMPARE(std::get<fs::path>(resolveModel("")), resourceFolder() / "models" / "starter");
        const TemporaryFolder folder;
        copyModel(folder.path() / "chosen");
        SharedSettings settings;
        settings.model = "chosen";
        settings.modelFolders = {folder.path().string()};
        QVERIFY(!saveSharedSettings(settings));
        QCOMPARE(std::get<fs::path>(resolveModel("")), folder.path() / "chosen");
        QVERIFY(!saveSharedSettings({}));
    }
};

QTEST_GUILESS_MAIN(ModelInfoTest)
#include "tst_model_info.moc"
