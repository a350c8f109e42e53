// SPDX-License-Identifier: Apache-2.0
#include "widgets/common/background.h"

#include <QSemaphore>
#include <QTest>
#include <QThread>

#include <atomic>
#include <memory>

using namespace pentimento;

class BackgroundTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void workRunsElsewhereAndItsValueComesBack()
    {
        QObject context;
        const QThread* here = QThread::currentThread();
        std::atomic<bool> elsewhere = false;
        std::unique_ptr<int> got;
        bool cameBack = false;
        runInBackground(
            &context,
            [&] {
                elsewhere = QThread::currentThread() != here;
                return std::make_unique<int>(7);
            },
            [&](std::unique_ptr<int> value) {
                got = std::move(value);
                cameBack = QThread::currentThread() == here;
            });
        QTRY_VERIFY(got);
        QCOMPARE(*got, 7);
        QVERIFY(elsewhere);
        QVERIFY(cameBack);
    }

    void nothingHappensWhenTheContextIsGone()
    {
        auto context = std::make_unique<QObject>();
        QSemaphore gone;
        std::atomic<bool> worked = false;
        bool done = false, told = false;
        runInBackground(
            context.get(),
            [&, alive = QPointer<QObject>(context.get())] {
                gone.acquire();
                callFromBackground(alive, [&] { told = true; });
                worked = true;
                return 1;
            },
            [&](int) { done = true; });
        context.reset();
        gone.release();
        QTRY_VERIFY(worked);
        backgroundPool().waitForDone();
        QCoreApplication::processEvents();
        QVERIFY(!told);
        QVERIFY(!done);
    }

    void theContextMayGoAtAnyMoment()
    {
        // Each round a context dies some instructions earlier or later around the end of its work. Posting to it crashed here.
        for (int round = 0; round < 20000; ++round) {
            auto context = std::make_unique<QObject>();
            std::atomic<bool> nearlyDone = false;
            runInBackground(
                context.get(),
                [&nearlyDone] {
                    nearlyDone = true;
                    return 1;
                },
                [](int) {});
            while (!nearlyDone)
                ;
            std::atomic<int> wait = round % 400;
            while (wait.fetch_sub(1, std::memory_order_relaxed) > 0)
                ;
            context.reset();
            if (round % 64 == 0)
                QCoreApplication::processEvents();
        }
        QCoreApplication::processEvents();
    }
};

QTEST_GUILESS_MAIN(BackgroundTest)
#include "tst_background.moc"
