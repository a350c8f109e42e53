// SPDX-License-Identifier: Apache-2.0
#include "tests/support/inpaint_inputs.h"
#include "tests/support/reference_model.h"

#include "inference/io/control_net.h"

#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;

namespace {

/// The same at scale `scale` for the calls from `start` to `end`.
ControlInput withPart(ControlInput control, double scale, double start, double end)
{
    control.scale = scale;
    control.start = start;
    control.end = end;
    return control;
}

} // namespace

/// ControlNets in whole runs: against diffusers' pipeline, and what their settings mean.
class TestControlNetPipeline : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void diffusersRun();
    void withoutEffect_data();
    void withoutEffect();
    void partsMakeTheWhole();
    void scalesAddUp();
    void partOfTheRun_data();
    void partOfTheRun();
    void inpaintingModelTakesOne();
    void noNumbersAreBlamedOnIt();
    void cancelStopsIt();

private:
    at::Tensor run(const std::vector<ControlInput>& controls, Trace* trace = nullptr) const;

    const Golden m_golden{referenceFolder() / "sd15.safetensors"};
    const ForwardContext m_context;
    std::shared_ptr<const LoadedModel> m_model;
    ControlInput m_control;
};

void TestControlNetPipeline::initTestCase()
{
    m_model = loadReferenceModel("sd15-base");
    const NetworkPart part = openControlNet(referenceFolder() / "sd15-controlnet");
    m_control.network = std::make_shared<const ControlNetModel>(ControlNetModel::load(
        parseControlNetConfig(part.config.json, part.config.where), Weights(storedWeights(part, m_context))));
    m_control.picture = m_golden["input.control"].unsqueeze(0).to(at::kFloat) / 255;
}

at::Tensor TestControlNetPipeline::run(const std::vector<ControlInput>& controls, Trace* trace) const
{
    DiffusionInputs inputs = goldenInputs(m_golden, *m_model);
    inputs.controls = controls;
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(m_model->schedulerConfig, "model", 0, nullptr);
    at::Generator generator = at::detail::createCPUGenerator(50);
    return diffuse(m_model->networks, *scheduler, inputs, {6, 7.5, 1.0, 1, true, true}, generator, m_context, {}, trace);
}

void TestControlNetPipeline::diffusersRun()
{
    Trace trace;
    const at::Tensor image = run({withPart(m_control, 0.8, 0, 1)}, &trace);
    QVERIFY(relativeError(trace["latents"], m_golden["base.controlnet_inpaint.latents"]) < 1e-3);
    QVERIFY(largestDifference(image, m_golden["base.controlnet_inpaint.image"]) < 2.0 / 255);
    // The tolerance is none of chance: without the ControlNet it is far exceeded.
    Trace without;
    run({}, &without);
    QVERIFY(relativeError(without["latents"], m_golden["base.controlnet_inpaint.latents"]) > 1e-2);
}

void TestControlNetPipeline::withoutEffect_data()
{
    QTest::addColumn<double>("scale");
    QTest::addColumn<double>("start");
    QTest::addColumn<double>("end");
    QTest::newRow("scale 0") << 0.0 << 0.0 << 1.0;
    QTest::newRow("a part shorter than a step") << 1.0 << 0.4 << 0.5;
}

void TestControlNetPipeline::withoutEffect()
{
    QFETCH(double, scale);
    QFETCH(double, start);
    QFETCH(double, end);
    QVERIFY(at::equal(run({withPart(m_control, scale, start, end)}), run({})));
}

void TestControlNetPipeline::partsMakeTheWhole()
{
    const at::Tensor whole = run({withPart(m_control, 0.8, 0, 1)});
    QVERIFY(at::equal(run({withPart(m_control, 0.8, 0, 0.5), withPart(m_control, 0.8, 0.5, 1)}), whole));
    QVERIFY(!at::equal(run({withPart(m_control, 0.8, 0, 0.5)}), whole));
    QVERIFY(!at::equal(run({withPart(m_control, 0.8, 0.5, 1)}), whole));
}

void TestControlNetPipeline::scalesAddUp()
{
    Trace sum, whole;
    run({withPart(m_control, 0.5, 0, 1), withPart(m_control, 0.3, 0, 1)}, &sum);
    run({withPart(m_control, 0.8, 0, 1)}, &whole);
    QVERIFY(relativeError(sum["latents"], whole["latents"]) < 1e-4);
}

void TestControlNetPipeline::partOfTheRun_data()
{
    QTest::addColumn<double>("start");
    QTest::addColumn<double>("end");
    QTest::addColumn<QByteArray>("steering"); // calls 0 to 9
    QTest::newRow("all") << 0.0 << 1.0 << QByteArray("1111111111");
    QTest::newRow("first half") << 0.0 << 0.5 << QByteArray("1111100000");
    QTest::newRow("second half") << 0.5 << 1.0 << QByteArray("0000011111");
    QTest::newRow("not to its end") << 0.0 << 0.55 << QByteArray("1111100000");
    QTest::newRow("begun within a call") << 0.25 << 1.0 << QByteArray("0001111111");
    QTest::newRow("middle") << 0.2 << 0.8 << QByteArray("0011111100");
}

void TestControlNetPipeline::partOfTheRun()
{
    QFETCH(double, start);
    QFETCH(double, end);
    QFETCH(QByteArray, steering);
    for (std::size_t i = 0; i < 10; ++i)
        QCOMPARE(steers(i, 10, start, end), steering[static_cast<int>(i)] == '1');
}

// It looks at the latents alone, not at mask and masked picture.
void TestControlNetPipeline::inpaintingModelTakesOne()
{
    const auto model = loadReferenceModel("sd15-inpaint");
    DiffusionInputs inputs = goldenInputs(m_golden, *model);
    const auto latents = [&] {
        const std::unique_ptr<Scheduler> scheduler = makeScheduler(model->schedulerConfig, "model", 0, nullptr);
        at::Generator generator = at::detail::createCPUGenerator(1);
        Trace trace;
        diffuse(model->networks, *scheduler, inputs, {3, 7.5, 1.0, 2, false, false}, generator, m_context, {}, &trace);
        return trace["latents"];
    };
    const at::Tensor without = latents();
    inputs.controls = {m_control};
    QVERIFY(relativeError(latents(), without) > 1e-2);
}

void TestControlNetPipeline::noNumbersAreBlamedOnIt()
{
    const NetworkPart part = openControlNet(referenceFolder() / "sd15-controlnet");
    const auto stored = storedWeights(part, m_context);
    auto damaged = std::make_shared<TensorSource>(*stored);
    damaged->get = [stored](const std::string& name, at::IntArrayRef shape) {
        const at::Tensor weight = stored->get(name, shape);
        return name == "controlnet_down_blocks.2.weight" ? at::full_like(weight, std::nan("")) : weight;
    };
    ControlInput control = m_control;
    control.name = "damaged.safetensors";
    control.network = std::make_shared<const ControlNetModel>(
        ControlNetModel::load(parseControlNetConfig(part.config.json, part.config.where), Weights(damaged)));
    try {
        run({control});
        QFAIL("nothing was said");
    } catch (const Exception& e) {
        QVERIFY(e.error().code == ErrorCode::BadInput);
        QCOMPARE(e.error().where, std::string("damaged.safetensors"));
    }
}

void TestControlNetPipeline::cancelStopsIt()
{
    const CancelToken cancel;
    cancel.cancel();
    const EncodedContext encoded = m_control.network->encodeContext({at::zeros({1, 77, 32}), {}, {}, 1});
    const at::Tensor hint = m_control.network->encodePicture(m_control.picture, m_context);
    QVERIFY_THROWS_EXCEPTION(CancelledException,
                             m_control.network->forward(at::ones({1, 4, 8, 8}), 500, encoded, hint, 1, ForwardContext{&cancel}));
}

QTEST_APPLESS_MAIN(TestControlNetPipeline)
#include "tst_controlnet_pipeline.moc"
