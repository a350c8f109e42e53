// SPDX-License-Identifier: Apache-2.0
// ControlNets as files and folders: what they are, how they are found, and what is refused.
#include "inference/api/control_net_info.h"
#include "inference/api/model_info.h"
#include "inference/core/files.h"
#include "inference/io/control_net.h"
#include "tests/support/checkpoint_shapes.h"
#include "tests/support/reference_folder.h"

#include <QtTest>

#include <algorithm>
#include <random>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

namespace {

CheckpointShapes::UNet unetOf(const std::string& family)
{
    CheckpointShapes::UNet unet;
    if (family == "sd2") {
        unet.context = 1024;
        unet.linear = true;
    } else if (family == "sdxl") {
        unet = {4, {320, 640, 1280}, {0, 2, 10}, 10, 2048, true, 2816};
    }
    return unet;
}

CheckpointShapes controlNet(const std::string& family, const std::string& prefix = "control_model.")
{
    CheckpointShapes shapes;
    shapes.controlNet(unetOf(family), prefix);
    return shapes;
}

CheckpointShapes only(const char* name)
{
    CheckpointShapes shapes;
    shapes.add(name, {4, 4});
    return shapes;
}

CheckpointShapes with(CheckpointShapes shapes, const char* name)
{
    shapes.add(name, {1});
    return shapes;
}

QString refusal(const fs::path& path)
{
    const auto info = inspectControlNet(path);
    return std::holds_alternative<Error>(info) ? QString::fromStdString(formatError(std::get<Error>(info))) : QString();
}

} // namespace

Q_DECLARE_METATYPE(CheckpointShapes)

class TestControlNetFiles : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cleanup() { qunsetenv("PENTIMENTO_MODELS"); }
    void publishedShapes_data();
    void publishedShapes();
    void configOfPublishedShapes();
    void smallerOnesOfXl();
    void folder();
    void everythingElseIsRefused_data();
    void everythingElseIsRefused();
    void damagedFolders();
    void damagedShapesAreToldOf();
    void foundByName();
    void noModelAmongModels();
};

void TestControlNetFiles::publishedShapes_data()
{
    QTest::addColumn<QString>("family");
    QTest::addColumn<QString>("prefix");
    QTest::addColumn<qint64>("width");
    QTest::addColumn<quint64>("parameters");
    QTest::newRow("sd1") << "sd1"
                         << "control_model." << qint64{768} << quint64{361279120};
    QTest::newRow("sd1 without prefix") << "sd1"
                                        << "" << qint64{768} << quint64{361279120};
    QTest::newRow("sd2") << "sd2"
                         << "control_model." << qint64{1024} << quint64{0};
    QTest::newRow("sdxl") << "sdxl"
                          << "" << qint64{2048} << quint64{0};
}

// 361,279,120 is what the published ControlNets of Stable Diffusion 1.5 count.
void TestControlNetFiles::publishedShapes()
{
    QFETCH(QString, family);
    QFETCH(QString, prefix);
    QFETCH(qint64, width);
    QFETCH(quint64, parameters);
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "control.safetensors";
    const CheckpointShapes shapes = controlNet(family.toStdString(), prefix.toStdString());
    shapes.write(file);
    const ControlNetInfo info = unwrap(inspectControlNet(file));
    QCOMPARE(QString::fromStdString(info.family), family);
    QCOMPARE(info.crossAttentionDim, std::int64_t{width});
    if (parameters > 0)
        QCOMPARE(quint64{info.parameters}, parameters);
    QCOMPARE(QString::fromStdString(info.dtype), QStringLiteral("F16"));
    // No tensor is left over.
    QCOMPARE(openControlNet(file).tensors->tensors.size(), shapes.tensors.size());
}

void TestControlNetFiles::configOfPublishedShapes()
{
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "control.safetensors";
    controlNet("sd1").write(file);
    // lllyasviel/sd-controlnet-canny's config.json, what differs from diffusers' defaults or decides shapes.
    const Json sd1 = openControlNet(file).config.json;
    QCOMPARE(sd1["block_out_channels"], Json({320, 640, 1280, 1280}));
    QCOMPARE(sd1["conditioning_embedding_out_channels"], Json({16, 32, 96, 256}));
    QCOMPARE(sd1["attention_head_dim"], Json(8));
    QCOMPARE(sd1["layers_per_block"], Json(2));
    QCOMPARE(sd1["use_linear_projection"], Json(false));
    QCOMPARE(sd1["mid_block_type"], Json("UNetMidBlock2DCrossAttn"));
    controlNet("sdxl").write(file);
    const Json xl = openControlNet(file).config.json;
    QCOMPARE(xl["down_block_types"], Json({"DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"}));
    QCOMPARE(xl["transformer_layers_per_block"], Json({1, 2, 10}));
    QCOMPARE(xl["attention_head_dim"], Json({5, 10, 20}));
    QCOMPARE(xl["addition_embed_type"], Json("text_time"));
    QCOMPARE(xl["projection_class_embeddings_input_dim"], Json(2816));
}

// "mid": attention on the last level only, one layer deep.
void TestControlNetFiles::smallerOnesOfXl()
{
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "mid.safetensors";
    CheckpointShapes shapes;
    shapes.controlNet({4, {320, 640, 1280}, {0, 0, 1}, 1, 2048, true, 2816});
    shapes.write(file);
    const Json config = openControlNet(file).config.json;
    QCOMPARE(config["down_block_types"], Json({"DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"}));
    QCOMPARE(config["transformer_layers_per_block"], Json(1));
    QCOMPARE(QString::fromStdString(unwrap(inspectControlNet(file)).family), QStringLiteral("sdxl"));
}

void TestControlNetFiles::folder()
{
    const ControlNetInfo info = unwrap(inspectControlNet(referenceFolder() / "sd15-controlnet"));
    QCOMPARE(QString::fromStdString(info.name), QStringLiteral("sd15-controlnet"));
    QCOMPARE(info.crossAttentionDim, std::int64_t{32});
    // The weights' file of a folder means the folder, whose config says what shapes do not.
    const fs::path weights = referenceFolder() / "sd15-controlnet" / "diffusion_pytorch_model.safetensors";
    QCOMPARE(openControlNet(weights).config.json["norm_num_groups"], Json(8));
}

void TestControlNetFiles::everythingElseIsRefused_data()
{
    QTest::addColumn<CheckpointShapes>("shapes");
    QTest::addColumn<QString>("told");
    QTest::newRow("LoRA") << only("lora_unet_x.lora_down.weight") << "this is a LoRA, no ControlNet";
    QTest::newRow("embedding") << only("emb_params") << "this is an embedding";
    QTest::newRow("model") << publishedCheckpoint("sd15") << "no ControlNet";
    QTest::newRow("control LoRA") << with(controlNet("sdxl"), "lora_controlnet") << "control LoRA";
    QTest::newRow("difference") << with(controlNet("sd1"), "difference") << "difference";
    QTest::newRow("union") << with(controlNet("sdxl", ""), "task_embedding") << "union";
    QTest::newRow("LLLite") << only("lllite_unet_input_blocks_4.down.0.weight") << "LLLite";
    QTest::newRow("no blocks") << only("control_model.zero_convs.0.0.weight") << "no blocks";
}

void TestControlNetFiles::everythingElseIsRefused()
{
    QFETCH(CheckpointShapes, shapes);
    QFETCH(QString, told);
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "other.safetensors";
    shapes.write(file);
    QVERIFY2(refusal(file).contains(told) && refusal(file).contains(u"other.safetensors"), qPrintable(refusal(file)));
}

void TestControlNetFiles::damagedFolders()
{
    const TemporaryFolder folder;
    const auto told = [&](QStringView text) { return refusal(folder.path()).contains(text); };
    QVERIFY(told(u"config.json is missing"));
    writeText(folder.path() / "config.json", R"({"_class_name": "UNet2DConditionModel"})");
    QVERIFY(told(u"UNet2DConditionModel is no ControlNetModel"));
    writeText(folder.path() / "config.json", R"({"_class_name": "ControlNetModel"})");
    QVERIFY2(!refusal(folder.path()).isEmpty(), "no weights");
    writeText(folder.path() / "diffusion_pytorch_model.bin", "x");
    QVERIFY(told(u"pickle"));
    writeText(folder.path() / "control.pth", "x");
    QVERIFY(refusal(folder.path() / "control.pth").contains(u"pickle"));
    QVERIFY(refusal(folder.path() / "none.safetensors").contains(u"does not exist"));
}

// Tensors left out or of other shapes, at random: read, or refused with a reason of its own.
void TestControlNetFiles::damagedShapesAreToldOf()
{
    std::mt19937 random(3);
    const CheckpointShapes whole = controlNet("sd1");
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "control.safetensors";
    int refusedOnes = 0;
    for (int i = 0; i < 200; ++i) {
        CheckpointShapes shapes = whole;
        for (int k = 0; k < 20; ++k) {
            TensorShape& tensor = shapes.tensors[random() % shapes.tensors.size()];
            switch (random() % 4) {
            case 0: tensor.shape.clear(); break;
            case 1: tensor.shape.push_back(1); break;
            case 2: tensor.shape.assign(random() % 3, 0); break;
            default: tensor.name += "x";
            }
        }
        shapes.write(file);
        const auto info = inspectControlNet(file);
        const Error* error = std::get_if<Error>(&info);
        if (!error)
            continue;
        ++refusedOnes;
        QVERIFY2(error->detail.empty() && error->where.find("control.safetensors") != std::string::npos,
                 (formatError(*error) + error->detail).c_str());
    }
    QVERIFY(refusedOnes > 20 && refusedOnes < 200);
}

void TestControlNetFiles::foundByName()
{
    const TemporaryFolder folder;
    qputenv("PENTIMENTO_MODELS", folder.path().c_str());
    controlNet("sd1").write(folder.path() / "Canny.safetensors");
    fs::copy(referenceFolder() / "sd15-controlnet", folder.path() / "tiny");
    QCOMPARE(unwrap(resolveControlNet("canny")), folder.path() / "Canny.safetensors");
    QCOMPARE(unwrap(resolveControlNet("tiny")), folder.path() / "tiny");
    QCOMPARE(unwrap(resolveControlNet((folder.path() / "tiny").string())), folder.path() / "tiny");
    const Error error = std::get<Error>(resolveControlNet("depth"));
    QVERIFY2(error.remedy.find("Canny, tiny") != std::string::npos, error.remedy.c_str());
    QVERIFY(std::holds_alternative<Error>(resolveControlNet((folder.path() / "none").string())));
}

void TestControlNetFiles::noModelAmongModels()
{
    const TemporaryFolder folder;
    qputenv("PENTIMENTO_MODELS", folder.path().c_str());
    controlNet("sd1").write(folder.path() / "canny.safetensors");
    only("lora_unet_x.lora_down.weight").write(folder.path() / "lora.safetensors");
    const auto listed = [&](const char* name) {
        const std::vector<ListedModel> models = listModels();
        return std::any_of(models.begin(), models.end(), [&](const ListedModel& m) { return m.path.filename() == name; });
    };
    QVERIFY(!listed("canny.safetensors"));
    QVERIFY(listed("lora.safetensors"));
    const std::vector<ControlNetInfo> nets = listControlNets();
    QCOMPARE(nets.size(), std::size_t{1});
    QCOMPARE(nets.front().path, folder.path() / "canny.safetensors");
    // Taken for a model all the same, it says what it is.
    const auto info = inspectModel(folder.path() / "canny.safetensors");
    QVERIFY(QString::fromStdString(formatError(std::get<Error>(info))).contains(u"ControlNet"));
}

QTEST_APPLESS_MAIN(TestControlNetFiles)
#include "tst_control_net.moc"
