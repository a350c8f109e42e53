// SPDX-License-Identifier: Apache-2.0
// What is written for a server is read there as the same request.
#include "inference/jobs/job_request.h"
#include "inference/jobs/job_writer.h"
#include "inference/jobs/model_json.h"
#include "tests/support/pictures.h"

#include <QtTest>

using namespace pentimento;

class TestJobWriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase() { qputenv("PENTIMENTO_MODELS", PENTIMENTO_SOURCE_DIR "/tests/reference"); }
    void requestsComeBack_data();
    void requestsComeBack();
    void refusesWhatNoJobCanSay();
    void modelsComeBack();

private:
    static Request fullRequest(Task task, int channels, int bits);
};

Request TestJobWriter::fullRequest(Task task, int channels, int bits)
{
    std::mt19937 random(7);
    Request r;
    r.task = task;
    r.mode = Mode::Refine;
    if (task != Task::Generate)
        r.image = noisePicture({33, 21}, channels, bits, random);
    if (task == Task::Inpaint)
        r.mask = rectMask({33, 21}, {3, 4, 10, 9}, 200);
    r.model = unwrap(resolveModel("starter"));
    r.prompt = "a \"quoted\" dog\n\xc3\xa9";
    r.negativePrompt = "cats";
    r.requireInpaintModel = true;
    r.steps = 7;
    r.guidance = 3.25;
    r.strength = 0.1;
    r.scheduler = "euler";
    r.seed = 18446744073709551615U;
    r.batch = 3;
    r.eta = 0.5;
    r.clipSkip = 2;
    r.edit = {{CropKind::Exact, {1, 2, 30, 18}}, 5, 6, 7, true, Size{64, 48}, false};
    r.prefill = Prefill::Neutral;
    r.threads = 2;
    r.previewEvery = 3;
    const std::filesystem::path net = PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-controlnet";
    r.controls = {{net, {}, 0.5, 0.25, 0.75, ControlSource::Canny},
                  {net, noisePicture({8, 8}, 3, 8, random), 1, 0, 1, ControlSource::Picture},
                  {net, noisePicture({8, 8}, 1, 8, random), 10, 0, 1, ControlSource::Scribble}};
    if (task == Task::Generate)
        r.controls.erase(r.controls.begin()); // there is no picture for it to look at
    return r;
}

void TestJobWriter::requestsComeBack_data()
{
    QTest::addColumn<int>("task");
    QTest::addColumn<int>("channels");
    QTest::addColumn<int>("bits");
    QTest::newRow("inpaint RGB") << int(Task::Inpaint) << 3 << 8;
    QTest::newRow("inpaint RGBA of 16 bit") << int(Task::Inpaint) << 4 << 16;
    QTest::newRow("transform grey") << int(Task::Transform) << 1 << 8;
    QTest::newRow("generate") << int(Task::Generate) << 3 << 8;
}

void TestJobWriter::requestsComeBack()
{
    QFETCH(int, task);
    QFETCH(int, channels);
    QFETCH(int, bits);
    const Request sent = fullRequest(static_cast<Task>(task), channels, bits);
    JobRules network;
    network.network = true;
    const Request got = parseJob(Json::parse(jobJson(sent).dump()), {}, network).request;
    QVERIFY(got.task == sent.task && got.mode == sent.mode && got.prefill == sent.prefill);
    QVERIFY(sent.image.empty() ? got.image.empty() : samePixels(got.image, sent.image));
    QVERIFY(sent.mask.empty() ? got.mask.empty() : samePixels(got.mask, sent.mask));
    QCOMPARE(got.model, sent.model);
    QCOMPARE(got.prompt, sent.prompt);
    QCOMPARE(got.negativePrompt, sent.negativePrompt);
    QVERIFY(got.requireInpaintModel);
    QVERIFY(got.steps == sent.steps && got.guidance == sent.guidance && got.strength == sent.strength);
    QCOMPARE(got.scheduler, sent.scheduler);
    QCOMPARE(got.seed, sent.seed);
    QVERIFY(got.batch == sent.batch && got.eta == sent.eta && got.clipSkip == sent.clipSkip && got.threads == sent.threads);
    QCOMPARE(got.previewEvery, sent.previewEvery);
    QVERIFY(got.edit.crop.kind == sent.edit.crop.kind && got.edit.crop.rect == sent.edit.crop.rect);
    QVERIFY(got.edit.padding == sent.edit.padding && got.edit.grow == sent.edit.grow && got.edit.feather == sent.edit.feather);
    QVERIFY(got.edit.softMask == sent.edit.softMask && got.edit.size == sent.edit.size);
    QVERIFY(got.edit.colorMatch == sent.edit.colorMatch);
    QCOMPARE(got.controls.size(), sent.controls.size());
    for (std::size_t i = 0; i < got.controls.size(); ++i) {
        const ControlChoice &a = got.controls[i], &b = sent.controls[i];
        QVERIFY(a.source == b.source && a.scale == b.scale && a.start == b.start && a.end == b.end && a.model == b.model);
        QVERIFY(b.image.empty() ? a.image.empty() : samePixels(a.image, b.image));
    }
}

void TestJobWriter::refusesWhatNoJobCanSay()
{
    Request request = fullRequest(Task::Generate, 3, 8);
    request.dump = "x.safetensors";
    QVERIFY_THROWS_EXCEPTION(Exception, jobJson(request));
    request = fullRequest(Task::Generate, 3, 8);
    request.steps.reset(); // a job's default is another than a model's
    QVERIFY_THROWS_EXCEPTION(Exception, jobJson(request));
}

void TestJobWriter::modelsComeBack()
{
    const ModelInfo sent = unwrap(inspectModel(unwrap(resolveModel("starter"))));
    const ModelInfo got = modelFromJson(Json::parse(modelJson(sent).dump()));
    QCOMPARE(got.name, sent.name);
    QVERIFY(got.inpaintModel() == sent.inpaintModel() && got.unetDownsamplings == sent.unetDownsamplings);
    QVERIFY(got.nativeSize == sent.nativeSize && got.vaeFactor == sent.vaeFactor);
    for (const Mode mode : {Mode::Fill, Mode::Erase, Mode::Refine}) {
        const RunDefaults a = runDefaults(got, mode), b = runDefaults(sent, mode);
        QVERIFY(a.steps == b.steps && a.guidance == b.guidance && a.strength == b.strength && a.maxSize == b.maxSize);
        QCOMPARE(a.scheduler, b.scheduler);
    }
    QVERIFY(modelJson(sent).dump().find(sent.path.parent_path().string()) == std::string::npos);
}

QTEST_APPLESS_MAIN(TestJobWriter)
#include "tst_job_writer.moc"
