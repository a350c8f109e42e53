// SPDX-License-Identifier: Apache-2.0
#include "tests/support/inpaint_inputs.h"
#include "tests/support/reference_model.h"

#include "inference/api/scheduler_names.h"

#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

#include <algorithm>

using namespace pentimento;
using namespace pentimento::testing;

/// The inpainting pipeline with every scheduler, on UNets of 9 channels and, by blending, of 4.
class TestPipelineSchedulers : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void diffusersRuns_data();
    void diffusersRuns();
    void partOfARun_data();
    void partOfARun();

private:
    const ForwardContext m_context;
    const Golden m_golden{referenceFolder() / "sd15.safetensors"};
};

void TestPipelineSchedulers::diffusersRuns_data()
{
    QTest::addColumn<QString>("family");
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("name");
    for (const char* family : {"sd15", "sd2", "sdxl"}) {
        for (const char* kind : {"inpaint", "base"}) {
            for (const char* name : {"pndm", "euler-ancestral", "dpmpp-2m-karras", "unipc", "lcm"})
                QTest::addRow("%s %s %s", family, kind, name)
                    << QString::fromLatin1(family) << QString::fromLatin1(kind) << QString::fromLatin1(name);
        }
    }
}

void TestPipelineSchedulers::diffusersRuns()
{
    QFETCH(QString, family);
    QFETCH(QString, kind);
    QFETCH(QString, name);
    const Golden golden(referenceFolder() / (family.toStdString() + ".safetensors"));
    const auto model = loadReferenceModel((family + u'-' + kind).toStdString());
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(model->schedulerConfig, name.toStdString(), 0, nullptr);
    at::Generator generator = at::detail::createCPUGenerator(46);
    Trace trace;
    const at::Tensor image = diffuse(model->networks, *scheduler, goldenInputs(golden, *model), {6, 7.5, 1.0, 1, true, true},
                                     generator, m_context, {}, &trace);
    const std::string key = (kind + QStringLiteral(".inpaint.") + QString(name).replace(u'-', u'_')).toStdString();
    QVERIFY(relativeError(trace["latents"], golden[key + ".latents"]) < 1e-3);
    QVERIFY(largestDifference(image, golden[key + ".image"]) < 2.0 / 255);
}

void TestPipelineSchedulers::partOfARun_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QString>("name");
    for (const char* kind : {"inpaint", "base"}) {
        for (const std::string_view name : schedulerNames)
            QTest::addRow("%s %s", kind, std::string(name).c_str())
                << QString::fromLatin1(kind) << QString::fromUtf8(name.data(), static_cast<int>(name.size()));
    }
}

// Strength 0.6 of 10 steps for two pictures at once: the last six steps run, again and again with the same result.
void TestPipelineSchedulers::partOfARun()
{
    QFETCH(QString, kind);
    QFETCH(QString, name);
    const auto model = loadModel(referenceFolder() / ("sd15-" + kind.toStdString()), m_context);
    const DiffusionInputs inputs = goldenInputs(m_golden, *model);
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(model->schedulerConfig, name.toStdString(), 0, nullptr);
    std::vector<StepReport> reports;
    const auto run = [&](std::uint64_t seed, Trace* trace) {
        at::Generator generator = at::detail::createCPUGenerator(seed);
        reports.clear();
        return diffuse(
            model->networks, *scheduler, inputs, {10, 3.0, 0.6, 2, false, false}, generator, m_context,
            [&](const StepReport& report) { reports.push_back(report); }, trace);
    };
    Trace trace;
    const at::Tensor image = run(5, &trace);
    QCOMPARE(image.sizes(), at::IntArrayRef({2, 3, 64, 64}));
    QVERIFY(at::isfinite(image).all().item<bool>());
    QVERIFY(!at::equal(image[0], image[1]));

    const std::size_t calls = scheduler->timesteps().size() - 4 * static_cast<std::size_t>(scheduler->order());
    QCOMPARE(calls, name == QLatin1String("heun")   ? std::size_t{11}
                    : name == QLatin1String("pndm") ? std::size_t{7}
                                                    : std::size_t{6});
    QCOMPARE(reports.size(), calls);
    QCOMPARE(reports.back().step, reports.back().steps);
    for (const StepReport& report : reports)
        QVERIFY(at::isfinite(report.denoised).all().item<bool>());
    QCOMPARE(trace["timesteps"].numel(), static_cast<std::int64_t>(calls));
    QVERIFY(trace["timesteps"][0].item<double>() < 700);

    QVERIFY(at::equal(run(5, nullptr), image));
    QVERIFY(!at::equal(run(6, nullptr), image));
    if (kind == QLatin1String("base")) { // blending ends with the picture's own latents outside the mask
        const at::Tensor kept = (trace["mask"] < 0.5).expand_as(trace["image_latents"]);
        const at::Tensor last = trace["latents"].narrow(0, trace["latents"].size(0) - 1, 1);
        QVERIFY(at::equal(last.masked_select(kept), trace["image_latents"].masked_select(kept)));
    }
}

QTEST_APPLESS_MAIN(TestPipelineSchedulers)
#include "tst_pipeline_schedulers.moc"
