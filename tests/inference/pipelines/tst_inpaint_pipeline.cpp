// SPDX-License-Identifier: Apache-2.0
#include "tests/support/inpaint_inputs.h"
#include "tests/support/reference_model.h"

#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;

/// Whole runs against diffusers' pipelines, with the folders' own schedulers.
class TestInpaintPipeline : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void diffusersRuns_data();
    void diffusersRuns();
    void starterRuns_data();
    void starterRuns();
    void thinScratchSurvivesInLatents();

private:
    const ForwardContext m_context;
};

void TestInpaintPipeline::diffusersRuns_data()
{
    QTest::addColumn<QString>("family");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("run");
    QTest::addColumn<int>("seed");
    QTest::addColumn<double>("guidance");
    QTest::addColumn<double>("strength");
    QTest::addColumn<int>("batch");
    for (const char* family : {"sd15", "sd2", "sdxl"}) {
        for (const char* kind : {"inpaint", "base"}) {
            const QString f = QString::fromLatin1(family), k = QString::fromLatin1(kind);
            QTest::addRow("%s %s", family, kind) << f << k << "inpaint" << 42 << 7.5 << 1.0 << 1;
            QTest::addRow("%s %s strength 0.6", family, kind) << f << k << "inpaint_strength06" << 43 << 7.5 << 0.6 << 1;
            QTest::addRow("%s %s without guidance", family, kind) << f << k << "inpaint_nocfg" << 44 << 1.0 << 1.0 << 1;
            QTest::addRow("%s %s batch of 2", family, kind) << f << k << "inpaint_batch2" << 45 << 7.5 << 1.0 << 2;
        }
    }
}

void TestInpaintPipeline::diffusersRuns()
{
    QFETCH(QString, family);
    QFETCH(QString, kind);
    QFETCH(QString, run);
    QFETCH(int, seed);
    QFETCH(double, guidance);
    QFETCH(double, strength);
    QFETCH(int, batch);
    const Golden golden(referenceFolder() / (family.toStdString() + ".safetensors"));
    const auto model = loadReferenceModel((family + u'-' + kind).toStdString());
    const DiffusionInputs inputs = goldenInputs(golden, *model);
    const DiffusionSettings settings{6, guidance, strength, batch, true, true};
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(model->schedulerConfig, "model", 0, nullptr);
    at::Generator generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(seed));
    Trace trace;
    const at::Tensor image = diffuse(model->networks, *scheduler, inputs, settings, generator, m_context, {}, &trace);
    const std::string key = kind.toStdString() + "." + run.toStdString();
    QVERIFY(relativeError(trace["latents"], golden[key + ".latents"]) < 1e-3);
    QVERIFY(largestDifference(image, golden[key + ".image"]) < 2.0 / 255);
}

void TestInpaintPipeline::starterRuns_data()
{
    QTest::addColumn<QString>("run");
    QTest::newRow("erase") << "erase";
    QTest::newRow("fill") << "fill";
}

// The bundled model beside what diffusers computed with it: zero terminal SNR, trailing timesteps, v-prediction.
void TestInpaintPipeline::starterRuns()
{
    QFETCH(QString, run);
    const std::string name = run.toStdString();
    const Golden golden(starterFolder() / "golden.safetensors");
    const Json facts = readJsonFile(starterFolder() / "golden.json")["runs"][name];
    const auto model = loadModel(starterFolder(), m_context);
    DiffusionInputs inputs;
    inputs.picture = golden["picture"];
    inputs.masked = golden["prefilled"];
    inputs.start = golden["prefilled"];
    inputs.mask = golden["mask"];
    inputs.prompt = promptTokens(*model, facts["prompt"].get<std::string>());
    inputs.negative = promptTokens(*model, "");
    QVERIFY(at::equal(inputs.prompt.ids.front(), golden[name + ".tokens"]));
    const DiffusionSettings settings{facts["steps"], facts["guidance"], facts["strength"], 1, false, true};
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(model->schedulerConfig, "model", 0, nullptr);
    at::Generator generator = at::detail::createCPUGenerator(facts["seed"].get<std::uint64_t>());
    Trace trace;
    const at::Tensor image = diffuse(model->networks, *scheduler, inputs, settings, generator, m_context, {}, &trace);
    QVERIFY(relativeError(trace["noise"], golden[name + ".noise"]) < 1e-6);
    QVERIFY(relativeError(trace["masked_image_latents"], golden["masked_image_latents"]) < 1e-4);
    QVERIFY(largestDifference(trace["timesteps"], at::tensor(facts["timesteps"].get<std::vector<double>>(), at::kDouble)) < 1e-6);
    QVERIFY(relativeError(trace["latents"], golden[name + ".latents"]) < 1e-3);
    QVERIFY(largestDifference(image, golden[name + ".image"]) < 2.0 / 255);
}

void TestInpaintPipeline::thinScratchSurvivesInLatents()
{
    at::Tensor mask = at::zeros({1, 1, 64, 64});
    mask.slice(3, 5, 6).fill_(1); // one pixel wide, not on a cell's top left pixel
    QCOMPARE(maskToLatents(mask, 8, false).sum().item<double>(), 8.0);
    QCOMPARE(maskToLatents(mask, 8, true).sum().item<double>(), 0.0);
}

QTEST_APPLESS_MAIN(TestInpaintPipeline)
#include "tst_inpaint_pipeline.moc"
