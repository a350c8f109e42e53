// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include "inference/engine/model_loader.h"

#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;

/// Each network against what diffusers computes with the same weights.
class TestModels : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void textEncoder();
    void textEncoderWithTextModelLevel();
    void unet_data();
    void unet();
    void unetAtOddSizes();
    void vae();
    void cancelStopsUNet();

private:
    const Golden m_golden{referenceFolder() / "sd15.safetensors"};
    const ForwardContext m_context;
};

void TestModels::textEncoder()
{
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const CLIPTextModel::Output output = model->networks.textEncoder.forward(m_golden["tokens.ids"], m_context);
    QVERIFY(relativeError(output.lastHiddenState, m_golden["text.last_hidden_state"]) < 1e-5);
    QVERIFY(relativeError(output.penultimate, m_golden["text.penultimate"]) < 1e-5);
}

// Nearly every folder people own has a "text_model." level in its keys; the reference folders have none.
void TestModels::textEncoderWithTextModelLevel()
{
    const auto bare = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const CLIPTextConfig config = bare->networks.textEncoder.config();
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
    QTest::addColumn<QString>("kind");
    QTest::addColumn<int>("timestep");
    for (const char* kind : {"base", "inpaint"}) {
        for (const int timestep : {1, 500, 981})
            QTest::addRow("%s at %d", kind, timestep) << QString::fromLatin1(kind) << timestep;
    }
}

void TestModels::unet()
{
    QFETCH(QString, kind);
    QFETCH(int, timestep);
    const std::string name = kind.toStdString();
    const auto model = loadModel(referenceFolder() / ("sd15-" + name), m_context);
    const UNet2DConditionModel& unet = model->networks.unet;
    const EncodedContext encoded = unet.encodeContext(m_golden["unet." + name + ".context"]);
    const at::Tensor output = unet.forward(m_golden["unet." + name + ".sample"], timestep, encoded, m_context);
    QVERIFY(relativeError(output, m_golden["unet." + name + "." + std::to_string(timestep)]) < 1e-4);
}

// Sides that the UNet cannot halve evenly follow the skip connections' sizes.
void TestModels::unetAtOddSizes()
{
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const EncodedContext encoded = model->networks.unet.encodeContext(at::zeros({1, 77, 32}));
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

void TestModels::cancelStopsUNet()
{
    const auto model = loadModel(referenceFolder() / "sd15-inpaint", m_context);
    const EncodedContext encoded = model->networks.unet.encodeContext(at::zeros({1, 77, 32}));
    const CancelToken cancel;
    cancel.cancel();
    QVERIFY_THROWS_EXCEPTION(CancelledException,
                             model->networks.unet.forward(at::ones({1, 9, 8, 8}), 500, encoded, ForwardContext{&cancel}));
}

QTEST_APPLESS_MAIN(TestModels)
#include "tst_models.moc"
