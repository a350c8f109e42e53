// SPDX-License-Identifier: Apache-2.0
// A single file becomes a folder with the same tensors, whole or not at all.
#include "inference/api/model_store.h"
#include "inference/api/settings.h"
#include "inference/io/file_check.h"

#include "tests/support/original_layout.h"
#include "tests/support/reference_folder.h"

#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

fs::path imported(const fs::path& file, const std::string& name = {})
{
    const auto outcome = importModel(file, name, {}, CancelToken());
    if (const Error* error = std::get_if<Error>(&outcome))
        qWarning("%s", formatError(*error).c_str());
    return std::get<fs::path>(outcome);
}

std::vector<std::string> ownEntries()
{
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(ownModelFolder()))
        names.push_back(entry.path().filename().string());
    return names;
}

/// The same values under the same names; a linear layer may be a convolution of 1 x 1 elsewhere.
void compare(const NetworkPart& actual, const NetworkPart& expected)
{
    QVERIFY(actual.tensors && expected.tensors);
    for (const auto& [name, tensor] : expected.tensors->tensors) {
        const StoredTensor* found = actual.tensors->find(name);
        if (!found)
            found = actual.tensors->find("text_model." + name);
        QVERIFY2(found, name.c_str());
        QCOMPARE(found->entry->dtype, tensor.entry->dtype);
        QVERIFY2(found->entry->shape == tensor.entry->shape, name.c_str());
        QVERIFY2(std::memcmp(found->data(), tensor.data(), tensor.entry->bytes) == 0, name.c_str());
    }
}

} // namespace

class TestModelImport : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init();
    void foldersHoldTheFilesTensors_data();
    void foldersHoldTheFilesTensors();
    void checksumsAreOfTheFiles();
    void takenNamesAreRefused();
    void whatIsNoModelLeavesNothing();
    void cancelledLeavesNothing();
    void onlyOwnModelsAreRemoved();

private:
    fs::path original(const std::string& model) const;
    std::unique_ptr<TemporaryFolder> m_folder;
};

void TestModelImport::init()
{
    m_folder = std::make_unique<TemporaryFolder>();
    qputenv("XDG_DATA_HOME", QByteArray::fromStdString((m_folder->path() / "data").string()));
    fs::create_directories(ownModelFolder());
    // The vocabulary is got at set-up; where it was not, the step says so, and there is nothing to import.
    if (!fs::exists(resourceFolder() / "tokenizer" / "clip" / "vocab.json"))
        QSKIP("CLIP's vocabulary is not installed (packaging/clip-vocabulary.sh)");
}

fs::path TestModelImport::original(const std::string& model) const
{
    const fs::path file = m_folder->path() / (model + ".safetensors");
    writeOriginal(openModel(referenceModel(model, *m_folder)), model.substr(0, model.find('-')), file);
    return file;
}

void TestModelImport::foldersHoldTheFilesTensors_data()
{
    QTest::addColumn<QString>("model");
    for (const char* model : {"sd15-inpaint", "sd2-base", "sdxl-inpaint"})
        QTest::newRow(model) << QString::fromLatin1(model);
}

void TestModelImport::foldersHoldTheFilesTensors()
{
    QFETCH(QString, model);
    const fs::path file = original(model.toStdString());
    const fs::path folder = imported(file, "my model");
    QCOMPARE(folder, ownModelFolder() / "my model");
    const ModelParts made = openModel(folder), from = openModel(m_folder->path() / model.toStdString()), single = openModel(file);
    QVERIFY(made.missing.empty());
    compare(made.unet, from.unet);
    compare(made.vae, from.vae);
    QCOMPARE(made.textEncoders.size(), from.textEncoders.size());
    for (std::size_t i = 0; i < made.textEncoders.size(); ++i) {
        compare(made.textEncoders[i].network, from.textEncoders[i].network);
        QVERIFY(made.textEncoders[i].network.config.json == single.textEncoders[i].network.config.json);
        const Json special = readJsonFile(made.textEncoders[i].tokenizer / "special_tokens_map.json");
        QCOMPARE(special.at("pad_token").get<std::string>(), single.textEncoders[i].paddingToken);
    }
    QVERIFY(made.unet.config.json == single.unet.config.json);
    QVERIFY(made.vae.config.json == single.vae.config.json);
    QVERIFY(made.scheduler.json == single.scheduler.json);
    QCOMPARE(made.index.json.at("_class_name").get<std::string>(),
             (model.startsWith(u"sdxl") ? std::string("StableDiffusionXL") : std::string("StableDiffusion")) +
                 (model.endsWith(u"inpaint") ? "InpaintPipeline" : "Pipeline"));
    const ModelInfo info = modelInfo(made), before = modelInfo(single);
    QCOMPARE(info.name, std::string("my model"));
    QCOMPARE(info.family, before.family);
    QCOMPARE(info.nativeSize, before.nativeSize);
    QCOMPARE(info.predictionType, before.predictionType);
}

void TestModelImport::checksumsAreOfTheFiles()
{
    const fs::path folder = imported(original("sd15-base"));
    WorkMeter meter({}, CancelToken());
    const std::vector<FileCheck> sound = checkFiles(openModel(folder), meter);
    QCOMPARE(sound.size(), std::size_t(3));
    for (const FileCheck& file : sound)
        QVERIFY(file.expectedBy == "SHA256SUMS" && file.fits());
    {
        std::fstream weights(folder / "vae" / "diffusion_pytorch_model.safetensors",
                             std::ios::in | std::ios::out | std::ios::binary);
        weights.seekp(-1, std::ios::end);
        weights.put('x');
    }
    int wrong = 0;
    for (const FileCheck& file : checkFiles(openModel(folder), meter)) {
        wrong += !file.fits();
        QCOMPARE(file.fits(), file.file.parent_path().filename() != "vae");
    }
    QCOMPARE(wrong, 1);
}

void TestModelImport::takenNamesAreRefused()
{
    const fs::path file = original("sd15-base");
    imported(file, "one");
    for (const char* name : {"one", "../two", ".three", "four/five"}) {
        const auto outcome = importModel(file, name, {}, CancelToken());
        QVERIFY2(std::holds_alternative<Error>(outcome), name);
        QCOMPARE(std::get<Error>(outcome).code, ErrorCode::Usage);
    }
    QCOMPARE(ownEntries(), std::vector<std::string>{"one"});
}

void TestModelImport::whatIsNoModelLeavesNothing()
{
    const fs::path file = m_folder->path() / "half.safetensors";
    fs::copy(original("sd15-base"), file);
    fs::resize_file(file, fs::file_size(file) / 2);
    for (const fs::path& path : {file, m_folder->path() / "absent.safetensors"}) {
        const auto outcome = importModel(path, {}, {}, CancelToken());
        QVERIFY(std::holds_alternative<Error>(outcome));
        QCOMPARE(std::get<Error>(outcome).code, ErrorCode::BadInput);
    }
    QVERIFY(ownEntries().empty());
}

void TestModelImport::cancelledLeavesNothing()
{
    const fs::path file = original("sd15-base");
    const CancelToken cancel;
    int reports = 0;
    const auto outcome = importModel(
        file, {},
        [&](const WorkProgress& progress) {
            QVERIFY(progress.done >= 0 && progress.done <= 1);
            ++reports;
            cancel.cancel();
        },
        cancel);
    QVERIFY(std::holds_alternative<Cancelled>(outcome));
    QVERIFY(reports > 0);
    QVERIFY(ownEntries().empty());
}

void TestModelImport::onlyOwnModelsAreRemoved()
{
    const fs::path folder = imported(original("sd15-base"), "mine");
    QCOMPARE(std::get<Error>(removableModel("starter")).code, ErrorCode::Usage);
    QCOMPARE(std::get<Error>(removableModel("")).code, ErrorCode::Usage);
    QCOMPARE(std::get<Error>(removableModel("nothing")).code, ErrorCode::BadInput);
    QCOMPARE(std::get<Error>(removableModel((ownModelFolder() / "mine" / "unet").string())).code, ErrorCode::Usage);
    const auto own = removableModel("MINE");
    QCOMPARE(std::get<fs::path>(own), folder);
    QVERIFY(!removeModel(folder));
    QVERIFY(ownEntries().empty());
    QVERIFY(fs::exists(starterFolder() / "model_index.json"));
}

QTEST_APPLESS_MAIN(TestModelImport)
#include "tst_model_import.moc"
