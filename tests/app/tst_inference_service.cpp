// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/engine_source.h"
#include "app/bridge/frame_mailbox.h"
#include "app/bridge/inference_service.h"

#include "inference/engine/fake_engine.h"

#include <QElapsedTimer>
#include <QSignalSpy>
#include <QTest>

using namespace pentimento;
using namespace std::chrono_literals;

namespace {

EngineSource fake(FakeScript script)
{
    return {[script]() -> Expected<std::unique_ptr<Engine>> { return std::make_unique<FakeEngine>(script); }};
}

EditRequest paintedRequest(quint64 seed = 7)
{
    EditRequest request;
    request.document.picture = QImage(64, 48, QImage::Format_RGB888);
    request.document.picture.fill(Qt::white);
    QImage mask(64, 48, QImage::Format_Grayscale8);
    mask.fill(0);
    for (int y = 10; y < 20; ++y)
        memset(mask.scanLine(y) + 12, 255, 16);
    request.document.mask = MaskTiles::fromImage(mask);
    request.seed = seed;
    return request;
}

} // namespace

class InferenceServiceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aJobTellsItsWholeWay()
    {
        InferenceService service(fake({}));
        QSignalSpy started(&service, &InferenceService::started), progress(&service, &InferenceService::progress),
            preview(&service, &InferenceService::preview), finished(&service, &InferenceService::finished);
        const JobId id = service.submit(paintedRequest(123));
        QVERIFY(service.isBusy());
        QVERIFY(finished.wait(5000));
        QVERIFY(!service.isBusy());
        QCOMPARE(started.count(), 1);
        QCOMPARE(progress.count(), 5);
        QVERIFY(preview.count() >= 1);
        QCOMPARE(finished[0][0].value<JobId>(), id);
        const auto result = finished[0][1].value<JobResult>();
        QCOMPARE(result.variants.size(), std::size_t(1));
        QCOMPARE(result.variants[0].rect, QRect(12, 10, 16, 10));
        QCOMPARE(result.variants[0].seed, quint64(123));
        const int shade = FakeEngine::shade(123);
        QCOMPARE(result.variants[0].pixels.pixelColor(3, 3), QColor(shade, shade, shade));
    }

    void aBusyWindowMissesFramesButNeverFallsBehind()
    {
        FakeScript script;
        script.steps = 60;
        script.stepTime = 2ms;
        InferenceService service(fake(script));
        QSignalSpy preview(&service, &InferenceService::preview), finished(&service, &InferenceService::finished);
        service.submit(paintedRequest());
        QTest::qSleep(250); // the window's thread does nothing meanwhile
        QVERIFY(finished.count() || finished.wait(5000));
        QVERIFY2(preview.count() >= 1 && preview.count() <= 3, qPrintable(QString::number(preview.count())));
    }

    void mailboxHoldsTheLatest()
    {
        FrameMailbox<int> mailbox;
        QVERIFY(mailbox.put(1));
        QVERIFY(!mailbox.put(2));
        QCOMPARE(*mailbox.take(), 2);
        QVERIFY(!mailbox.take().has_value());
        QVERIFY(mailbox.put(3));
    }

    void cancelStopsAtOnce()
    {
        FakeScript script;
        script.stepTime = 10s;
        InferenceService service(fake(script));
        QSignalSpy started(&service, &InferenceService::started), cancelled(&service, &InferenceService::cancelled),
            finished(&service, &InferenceService::finished);
        const JobId id = service.submit(paintedRequest());
        QVERIFY(started.wait(5000));
        QElapsedTimer timer;
        timer.start();
        service.cancel(id);
        QVERIFY(cancelled.wait(2000));
        QVERIFY2(timer.elapsed() < 300, qPrintable(QString::number(timer.elapsed())));
        QCOMPARE(finished.count(), 0);
        QVERIFY(!service.isBusy());
    }

    void jobsQueueAndAWaitingOneCanBeTakenOut()
    {
        InferenceService service(fake({}));
        QSignalSpy finished(&service, &InferenceService::finished), cancelled(&service, &InferenceService::cancelled);
        const JobId first = service.submit(paintedRequest()), second = service.submit(paintedRequest()),
                    third = service.submit(paintedRequest());
        service.cancel(second);
        QCOMPARE(cancelled.count(), 1);
        QCOMPARE(cancelled[0][0].value<JobId>(), second);
        QTRY_COMPARE(finished.count(), 2);
        QCOMPARE(finished[0][0].value<JobId>(), first);
        QCOMPARE(finished[1][0].value<JobId>(), third);
    }

    void errorsAreTranslatedAndKeepTheirDetail()
    {
        FakeScript script;
        script.error = Error{ErrorCode::OutOfMemory, "no room for the attention", "", "", "bad_alloc at 0x1"};
        InferenceService service(fake(script));
        QSignalSpy failed(&service, &InferenceService::failed), finished(&service, &InferenceService::finished);
        service.submit(paintedRequest());
        QVERIFY(failed.wait(5000));
        const auto error = failed[0][1].value<ErrorText>();
        QCOMPARE(error.kind, ErrorText::Kind::OutOfMemory);
        QVERIFY(!error.title.isEmpty());
        QVERIFY(error.details.contains(QStringLiteral("bad_alloc at 0x1")));
        QVERIFY(error.details.contains(QStringLiteral("out_of_memory")));
        QCOMPARE(finished.count(), 0);
        QVERIFY(!service.isBusy());
    }

    void aMissingEngineFailsTheJobAndTheNextOneToo()
    {
        InferenceService service(EngineSource{[]() -> Expected<std::unique_ptr<Engine>> {
            return Error{ErrorCode::Unsupported, "the inference module cannot be loaded", "x.so", "reinstall", "why"};
        }});
        QSignalSpy failed(&service, &InferenceService::failed), preload(&service, &InferenceService::preloadFailed);
        service.preload(QStringLiteral("/model"));
        QVERIFY(preload.wait(5000));
        service.submit(paintedRequest());
        QVERIFY(failed.wait(5000));
        service.submit(paintedRequest());
        QVERIFY(failed.wait(5000));
    }

    void stoppingDuringAJobIsQuick()
    {
        FakeScript script;
        script.stepTime = 10s;
        InferenceService service(fake(script));
        QSignalSpy started(&service, &InferenceService::started);
        service.submit(paintedRequest());
        service.submit(paintedRequest());
        QVERIFY(started.wait(5000));
        QElapsedTimer timer;
        timer.start();
        QVERIFY(service.stop(1s));
        QVERIFY(timer.elapsed() < 1000);
    }

    void anEngineThatHangsIsReported()
    {
        FakeScript script;
        script.steps = 1;
        script.stepTime = 1500ms;
        script.ignoresCancel = true;
        InferenceService service(fake(script));
        QSignalSpy started(&service, &InferenceService::started);
        service.submit(paintedRequest());
        QVERIFY(started.wait(5000));
        QVERIFY(!service.stop(200ms));
    }
};

QTEST_GUILESS_MAIN(InferenceServiceTest)
#include "tst_inference_service.moc"
