// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"
#include "tests/support/reference_model.h"

#include "inference/engine/preview_decoder.h"
#include "inference/io/preview_decoder_file.h"
#include "inference/io/safetensors_writer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;

/// Each network against what diffusers computes with the same weights.
class TestModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textEncoder_data();
    void textEncoder();
    void textEncoderWithTextModelLevel();
    void unet_data();
    void unet();
    void unetAtOddSizes();
    void vae();
    void tinyAutoencoder();
    void cancelStopsUNet();

private:
    const Golden m_golden{referenceFolder() / "sd15.safetensors"};
    const ForwardContext m_context;
};

void TestModels::textEncoder_data()
{
    QTest::addColumn<QString>("family");
    for (const char* family : {"sd15", "sd2", "sdxl"})
        QTest::newRow(family) << QString::fromLatin1(family);
}

void TestModels::textEncoder()
{
    QFETCH(QString, family);
    const Golden golden(referenceFolder() / (family.toStdString() + ".safetensors"));
    const auto model = loadReferenceModel(family.toStdString() + "-inpaint");
    const auto run = [&](const CLIPTextModel& encoder) { return encoder.forward(golden["tokens.ids"], m_context); };
    const CLIPTextModel::Output output = run(model->networks.textEncoders.front());
    QVERIFY(relativeError(output.lastHiddenState, golden["text.last_hidden_state"]) < 1e-5);
    QVERIFY(relativeError(output.hiddenStates.at(output.hiddenStates.size() - 2), golden["text.penultimate"]) < 1e-5);
    QCOMPARE(model->networks.textEncoders.size(), family == QStringLiteral("sdxl") ? std::size_t{2} : std::size_t{1});
    if (family != QStringLiteral("sdxl"))
        return;
    const CLIPTextModel::Output second = run(model->networks.textEncoders.back());
    QVERIFY(relativeError(second.hiddenStates.at(second.hiddenStates.size() - 2), golden["text2.penultimate"]) < 1e-5);
    QVERIFY(relativeError(second.pooled, golden["text2.text_embeds"]) < 1e-5);
}

// Nearly every folder people own has a "text_model." level in its keys; the reference folders have none.
void TestModels::textEncoderWithTextModelLevel()
{
    const auto bare = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const CLIPTextConfig config = bare->networks.textEncoders.front().config();
    const auto random = randomWeights(5);
    auto levelled = std::make_shared<TensorSource>();
    levelled->has = [](const std::string& name) { return name.starts_with("text_model."); };
    levelled->get = [random](const std::string& name, at::IntArrayRef shape) {
        if (!name.starts_with("text_model."))
            throw Exception(ErrorCode::BadInput, "no such tensor", name);
        return random->get(name.substr(11), shape);
    };
    auto plain = std::make_shared<TensorSource>(*random);
    plain->has = [](const std::string& name) { return !name.starts_with("text_model."); };
    const at::Tensor ids = m_golden["tokens.ids"];
    const at::Tensor a = CLIPTextModel::load(config, Weights(levelled)).forward(ids, m_context).lastHiddenState;
    const at::Tensor b = CLIPTextModel::load(config, Weights(plain)).forward(ids, m_context).lastHiddenState;
    QVERIFY(at::equal(a, b));
}

void TestModels::unet_data()
{
    QTest::addColumn<QString>("family");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("timestep");
    for (const char* family : {"sd15", "sd2", "sdxl"}) {
        for (const char* kind : {"base", "inpaint"}) {
            for (const int timestep : {1, 500, 981})
                QTest::addRow("%s %s at %d", family, kind, timestep)
                    << QString::fromLatin1(family) << QString::fromLatin1(kind) << timestep;
        }
    }
}

void TestModels::unet()
{
    QFETCH(QString, family);
    QFETCH(QString, kind);
    QFETCH(int, timestep);
    const Golden golden(referenceFolder() / (family.toStdString() + ".safetensors"));
    const auto model = loadReferenceModel((family + u'-' + kind).toStdString());
    const UNet2DConditionModel& unet = model->networks.unet;
    const std::string key = "unet." + kind.toStdString() + ".";
    UNetConditions conditions{golden[key + "context"], {}, {}, 1};
    if (family == QStringLiteral("sdxl")) {
        conditions.pooled = golden[key + "text_embeds"];
        conditions.timeIds = golden[key + "time_ids"];
    }
    const at::Tensor output = unet.forward(golden[key + "sample"], timestep, unet.encodeContext(conditions), m_context);
    QVERIFY(relativeError(output, golden[key + std::to_string(timestep)]) < 1e-4);
}

// Sides that the UNet cannot halve evenly follow the skip connections' sizes.
void TestModels::unetAtOddSizes()
{
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const EncodedContext encoded = model->networks.unet.encodeContext({at::zeros({1, 77, 32}), {}, {}, 1});
    const at::Tensor output = model->networks.unet.forward(at::ones({1, 9, 13, 7}), 500, encoded, m_context);
    QCOMPARE(output.size(2), std::int64_t{13});
    QCOMPARE(output.size(3), std::int64_t{7});
    QVERIFY(at::isfinite(output).all().item<bool>());
}

void TestModels::vae()
{
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const at::Tensor picture = m_golden["input.image"].unsqueeze(0).to(at::kFloat) / 127.5 - 1;
    const DiagonalGaussian posterior = model->networks.vae.encode(picture, m_context);
    QVERIFY(relativeError(posterior.mean, m_golden["vae.mean"]) < 1e-4);
    QVERIFY(relativeError(posterior.logvar, m_golden["vae.logvar"]) < 1e-4);
    at::Generator generator = at::detail::createCPUGenerator(0);
    const at::Tensor noise = at::randn(posterior.mean.sizes(), generator, at::TensorOptions().dtype(at::kFloat));
    QVERIFY(relativeError(posterior.mean + at::exp(0.5 * posterior.logvar) * noise, m_golden["vae.sample"]) < 1e-4);
    QVERIFY(relativeError(model->networks.vae.decode(m_golden["vae.mean"], m_context), m_golden["vae.decode"]) < 1e-4);
}

void TestModels::tinyAutoencoder()
{
    const auto tensors = openPreviewDecoder(referenceFolder() / "taesd");
    const AutoencoderTiny tiny = AutoencoderTiny::load(deducedTinyConfig(*tensors), Weights(storedWeights(tensors, m_context)));
    const at::Tensor picture = m_golden["input.image"].unsqueeze(0).to(at::kFloat) / 127.5 - 1;
    QVERIFY(relativeError(tiny.encode(picture, m_context), m_golden["taesd.encode"]) < 1e-4);
    QVERIFY(relativeError(tiny.decode(m_golden["vae.mean"] * 0.18215, m_context), m_golden["taesd.decode"]) < 1e-4);

    // The original's file holds the decoder alone and counts a clamp before it.
    const TemporaryFolder folder;
    std::vector<TensorData> original;
    for (const auto& [name, stored] : tensors->tensors) {
        const std::string prefix = "decoder.layers.";
        if (!name.starts_with(prefix))
            continue;
        const std::size_t dot = name.find('.', prefix.size());
        const int index = std::stoi(name.substr(prefix.size(), dot - prefix.size()));
        original.push_back({std::to_string(index + 1) + name.substr(dot), stored.entry->dtype, stored.entry->shape,
                            std::vector<std::byte>(stored.data(), stored.data() + stored.entry->bytes)});
    }
    writeSafetensors(folder.path() / "taesd_decoder.safetensors", original);
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    addPreviewDecoder(*model, folder.path() / "taesd_decoder.safetensors", m_context);
    QVERIFY(model->previewDecoder.has_value());
    QVERIFY(relativeError(model->previewDecoder->decode(m_golden["vae.mean"] * 0.18215, m_context), m_golden["taesd.decode"]) <
            1e-4);
    QVERIFY_THROWS_EXCEPTION(Exception, addPreviewDecoder(*model, referenceFolder() / "sd15-inpaint" / "vae", m_context));
}

void TestModels::cancelStopsUNet()
{
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const EncodedContext encoded = model->networks.unet.encodeContext({at::zeros({1, 77, 32}), {}, {}, 1});
    const CancelToken cancel;
    cancel.cancel();
    QVERIFY_THROWS_EXCEPTION(CancelledException,
                             model->networks.unet.forward(at::ones({1, 9, 8, 8}), 500, encoded, ForwardContext{&cancel}));
}

QTEST_APPLESS_MAIN(TestModels)
#include "tst_models.moc"
