// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/lora_source.h"

#include "inference/api/error.h"
#include "tests/support/inpaint_inputs.h"
#include "tests/support/lora_files.h"
#include "tests/support/reference_model.h"

#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

/// LoRAs in a model: what diffusers computes with one, several at once, and exactly nothing left behind.
class TestLoraSource : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void diffusersRun_data();
    void diffusersRun();
    void removedAgainIsTheModel();
    void severalAddUp();
    void strengthScales();
    void originalNamesAreFound();
    void unappliedPartsAreNamed();
    void otherFamilyIsRefused();
    void tagsBecomeLoras();

private:
    const fs::path m_peft = referenceFolder() / "sd15-lora" / "pytorch_lora_weights.safetensors";
    const fs::path m_kohya = referenceFolder() / "sd15-lora" / "kohya.safetensors";
    const ForwardContext m_context;
};

void TestLoraSource::diffusersRun_data()
{
    QTest::addColumn<QString>("file");
    QTest::newRow("peft") << QString::fromStdString(m_peft.string());
    QTest::newRow("kohya") << QString::fromStdString(m_kohya.string());
}

void TestLoraSource::diffusersRun()
{
    QFETCH(QString, file);
    const Golden golden(referenceFolder() / "sd15.safetensors");
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context, {{file.toStdString(), 0.7}});
    QVERIFY(model->notices.empty());
    const DiffusionInputs inputs = goldenInputs(golden, *model);
    const DiffusionSettings settings{6, 7.5, 1.0, 1, true, true};
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(model->schedulerConfig, "model", 0, nullptr);
    at::Generator generator = at::detail::createCPUGenerator(51);
    Trace trace;
    const at::Tensor image = diffuse(model->networks, *scheduler, inputs, settings, generator, m_context, {}, &trace);
    const double latents = relativeError(trace["latents"], golden["inpaint.lora07.latents"]);
    const double pixels = largestDifference(image, golden["inpaint.lora07.image"]);
    qInfo("latents %.2e, image %.2e", latents, pixels);
    QVERIFY(latents < 1e-3);
    QVERIFY(pixels < 2.0 / 255);
}

void TestLoraSource::removedAgainIsTheModel()
{
    const auto unet = [&](const std::vector<LoraChoice>& loras) {
        const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context, loras);
        const EncodedContext encoded = model->networks.unet.encodeContext({noise({1, 77, 32}, 1), {}, {}, 1});
        return model->networks.unet.forward(noise({1, 9, 8, 8}, 2), 500, encoded, m_context);
    };
    const at::Tensor without = unet({}), with = unet({{m_kohya, 0.7}}), again = unet({}), zero = unet({{m_kohya, 0}});
    QVERIFY(relativeError(with, without) > 0.05);
    QVERIFY(at::equal(without, again));
    QVERIFY(at::equal(without, zero));
}

void TestLoraSource::severalAddUp()
{
    const TemporaryFolder folder;
    const at::Tensor weight = noise({6, 8}, 1);
    const auto lora = [&](std::uint64_t seed, const char* name) {
        return loraFile(
            folder,
            {{moduleName + ".lora_down.weight", noise({2, 8}, seed)}, {moduleName + ".lora_up.weight", noise({6, 2}, seed + 1)}},
            name);
    };
    const fs::path first = lora(20, "first"), second = lora(30, "second");
    const at::Tensor both = changed(weight, {{first, 0.5}, {second, -1.5}});
    const at::Tensor expected =
        weight + 0.5 * at::matmul(noise({6, 2}, 21), noise({2, 8}, 20)) - 1.5 * at::matmul(noise({6, 2}, 31), noise({2, 8}, 30));
    QVERIFY(relativeError(both, expected) < 1e-6);
    QVERIFY(relativeError(changed(weight, {{first, 2}, {first, -2}}), weight) < 1e-6);
}

void TestLoraSource::strengthScales()
{
    const TemporaryFolder folder;
    const at::Tensor weight = noise({6, 8}, 1);
    const fs::path file = loraFile(
        folder, {{moduleName + ".lora_down.weight", noise({2, 8}, 2)}, {moduleName + ".lora_up.weight", noise({6, 2}, 3)}});
    const at::Tensor one = changed(weight, {{file, 1}}) - weight;
    QVERIFY(relativeError(changed(weight, {{file, -0.25}}) - weight, -0.25 * one) < 1e-5);
    QVERIFY(at::equal(changed(weight, {{file, 0}}), weight));
    // Another module's weight, and the same name in another network, stay as they are.
    QVERIFY(at::equal(changed(weight, {{file, 1}}, "mid_block.attentions.0.proj_out.weight"), weight));
    const auto text = withLoras(sourceOf(weight), LoraTarget::TextEncoder, openLoras({{file, 1}}));
    QVERIFY(at::equal(text->get(weightName, {6, 8}), weight));
}

// kohya's trainer for XL names modules as the original repository does.
void TestLoraSource::originalNamesAreFound()
{
    const TemporaryFolder folder;
    const fs::path file = loraFile(folder, {{"lora_unet_input_blocks_4_1_proj_in.lora_down.weight", noise({2, 8}, 2)},
                                            {"lora_unet_input_blocks_4_1_proj_in.lora_up.weight", noise({6, 2}, 3)}});
    const at::Tensor weight = noise({6, 8}, 1);
    const auto source = std::make_shared<TensorSource>(*sourceOf(weight));
    source->has = [](const std::string& name) {
        return name == "down_blocks.0.resnets.0.conv1.weight" || name == "down_blocks.0.resnets.1.conv1.weight";
    };
    const auto loras = openLoras({{file, 1}});
    const auto with = withLoras(source, LoraTarget::UNet, loras);
    QVERIFY(at::equal(with->get("down_blocks.0.attentions.0.proj_in.weight", {6, 8}), weight));
    QVERIFY(!at::equal(with->get("down_blocks.1.attentions.0.proj_in.weight", {6, 8}), weight));
    QVERIFY(unappliedParts(*loras).empty());
}

void TestLoraSource::unappliedPartsAreNamed()
{
    const TemporaryFolder folder;
    const std::string stranger = "lora_unet_down_blocks_7_attentions_0_proj_in";
    const Tensors known{{moduleName + ".lora_down.weight", noise({2, 16}, 2)},
                        {moduleName + ".lora_up.weight", noise({16, 2}, 3)}};
    const Tensors unknown{{stranger + ".lora_down.weight", noise({2, 8}, 2)}, {stranger + ".lora_up.weight", noise({6, 2}, 3)}};
    Tensors mixed = unknown;
    mixed["some.other.tensor"] = noise({1}, 4);
    mixed.insert(known.begin(), known.end());
    const auto loras = openLoras({{loraFile(folder, mixed, "mixed"), 1}});
    withLoras(sourceOf(noise({16, 16}, 1)), LoraTarget::UNet, loras)->get(weightName, {16, 16});
    const std::vector<std::string> notices = unappliedParts(*loras);
    QCOMPARE(notices.size(), std::size_t{1});
    const QString notice = QString::fromStdString(notices.front());
    QVERIFY2(notice.contains(QStringLiteral("mixed")) && notice.contains(QStringLiteral(" 2 parts")) &&
                 notice.contains(QString::fromStdString(stranger)) && notice.contains(QStringLiteral("some.other.tensor")),
             notices.front().c_str());
    const auto nothing = openLoras({{loraFile(folder, unknown, "nothing"), 1}});
    QVERIFY_THROWS_EXCEPTION(Exception, unappliedParts(*nothing));
}

void TestLoraSource::otherFamilyIsRefused()
{
    const TemporaryFolder folder;
    const std::string cross = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k";
    const auto wide = [&](std::int64_t width) {
        return loraFile(folder,
                        {{cross + ".lora_down.weight", noise({2, width}, 2)}, {cross + ".lora_up.weight", noise({6, 2}, 3)}});
    };
    const auto check = [&](std::int64_t loraWidth, const char* family, std::int64_t width) -> std::string {
        ModelInfo model;
        model.name = "Mine";
        model.family = family;
        try {
            checkFamily(*openLoras({{wide(loraWidth), 1}}), model, width);
            return {};
        } catch (const Exception& e) {
            return e.error().code == ErrorCode::BadInput ? e.error().what : "another error";
        }
    };
    QCOMPARE(check(768, "sd1", 768), std::string());
    QCOMPARE(check(2048, "sdxl", 2048), std::string());
    QCOMPARE(check(32, "other", 32), std::string());
    QCOMPARE(check(2048, "sd1", 768), std::string("this LoRA is for Stable Diffusion XL, the model Mine is Stable Diffusion 1"));
    QCOMPARE(check(768, "sd2", 1024), std::string("this LoRA is for Stable Diffusion 1, the model Mine is Stable Diffusion 2"));
    QVERIFY(!check(768, "other", 32).empty());
    // And in a whole load, before any weight is read.
    try {
        loadModel(referenceFolder() / "sd15-inpaint", m_context, {{wide(768), 1}});
        QFAIL("it was accepted");
    } catch (const Exception& e) {
        QVERIFY(e.error().where.find("lora.safetensors") != std::string::npos);
    }
}

void TestLoraSource::tagsBecomeLoras()
{
    const TemporaryFolder folder;
    fs::copy(m_kohya, folder.path() / "fur.safetensors");
    qputenv("PENTIMENTO_LORAS", folder.path().string().c_str());
    Request request;
    request.prompt = "a <lora:fur:0.7>dog<lora:FUR:0>";
    request.negativePrompt = "<lora:fur:-1> blurry";
    request.loras = {{m_peft, 0}, {m_peft, 0.5}};
    const Request tagged = withTaggedLoras(request);
    QCOMPARE(tagged.prompt, std::string("a dog"));
    QCOMPARE(tagged.negativePrompt, std::string(" blurry"));
    const fs::path fur = folder.path() / "fur.safetensors";
    QVERIFY((tagged.loras == std::vector<LoraChoice>{{m_peft, 0.5}, {fur, 0.7}, {fur, -1}}));
    request.reference = true;
    QCOMPARE(withTaggedLoras(request).prompt, request.prompt);
    request.reference = false;
    request.prompt = "<lora:nobody:1>";
    QVERIFY_THROWS_EXCEPTION(Exception, withTaggedLoras(request));
    request.prompt = "<lora:" + m_kohya.string() + ":1>"; // a name, never a path
    QVERIFY_THROWS_EXCEPTION(Exception, withTaggedLoras(request));
    request.prompt = "<lora:fur:1e9>";
    QVERIFY_THROWS_EXCEPTION(Exception, withTaggedLoras(request));
    qunsetenv("PENTIMENTO_LORAS");
}

QTEST_APPLESS_MAIN(TestLoraSource)
#include "tst_lora_source.moc"
