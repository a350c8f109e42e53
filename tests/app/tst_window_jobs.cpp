// SPDX-License-Identifier: Apache-2.0
// From Generate to an end: what a job needs, what goes on meanwhile, how it is stopped, how it fails.
#include "tests/app/editor_fixture.h"

#include <QAction>
#include <QElapsedTimer>

using namespace pentimento;
using namespace std::chrono_literals;

class WindowJobsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void generateNeedsAMask()
    {
        EditorFixture f;
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("a tree"));
        f.window->action(ActionId::Generate)->trigger();
        QVERIFY(f.window->notice().isVisible());
        QCOMPARE(f.window->notice().title(), QStringLiteral("Paint over what should change."));
        QVERIFY(!f.window->generator().isBusy());
    }

    void fillNeedsAPromptAndEraseDoesNot()
    {
        EditorFixture f;
        f.open();
        f.paint();
        f.window->action(ActionId::Generate)->trigger();
        QVERIFY(f.window->notice().isVisible());
        QVERIFY(f.prompt()->hasFocus());
        QVERIFY(!f.window->generator().isBusy());
        f.window->canvas().setFocus();
        f.window->action(ActionId::ModeErase)->trigger();
        f.generate();
        QVERIFY(!f.window->notice().isVisible());
    }

    void enterInThePromptGenerates()
    {
        EditorFixture f;
        f.open();
        f.paint();
        f.window->taskBar().focusPrompt();
        QTest::keyClicks(f.prompt(), QStringLiteral("a bench"));
        f.key(Qt::Key_Return);
        QTRY_COMPARE(f.candidates().count(), 1);
        QVERIFY(f.prompt()->hasFocus());
        f.key(Qt::Key_Return, Qt::ControlModifier); // still Generate, not Keep
        QTRY_COMPARE(f.candidates().count(), 2);
        QVERIFY(!f.window->document().isModified());
    }

    void paintingGoesOnDuringAJob()
    {
        FakeScript script;
        script.stepTime = 200ms;
        EditorFixture f(script);
        f.painted(QStringLiteral("x"));
        f.window->action(ActionId::Generate)->trigger();
        const double covered = f.window->document().mask().coverage();
        f.paint({200, 180}, {220, 190});
        QVERIFY(f.window->generator().isBusy());
        QVERIFY(f.window->document().mask().coverage() > covered);
        QTRY_COMPARE(f.candidates().count(), 1);
        // The run saw the mask as it was when Generate was pressed.
        QVERIFY(!f.candidates().shown()->rect.intersects(QRect(200, 180, 20, 10)));
    }

    void escapeCancelsAJobFromAnywhere_data()
    {
        QTest::addColumn<bool>("inPrompt");
        QTest::newRow("canvas") << false;
        QTest::newRow("prompt") << true;
    }
    void escapeCancelsAJobFromAnywhere()
    {
        QFETCH(bool, inPrompt);
        FakeScript script;
        script.stepTime = 10s;
        EditorFixture f(script);
        f.painted(QStringLiteral("a dog"));
        const QImage picture = f.window->document().picture().copy();
        const QImage mask = f.window->document().mask().toImage();
        f.window->action(ActionId::Generate)->trigger();
        QVERIFY(f.window->generator().isBusy());
        QTest::qWait(50);
        if (inPrompt)
            f.window->taskBar().focusPrompt();
        else
            f.window->canvas().setFocus();
        f.key(Qt::Key_Escape);
        QTRY_VERIFY_WITH_TIMEOUT(!f.window->generator().isBusy(), 1000);
        QCOMPARE(f.window->document().picture(), picture);
        QCOMPARE(f.window->document().mask().toImage(), mask);
        QCOMPARE(f.window->taskBar().prompt(), QStringLiteral("a dog"));
        QVERIFY(f.candidates().isEmpty());
    }

    void closingDuringAJobCancelsIt()
    {
        FakeScript script;
        script.stepTime = 10s;
        EditorFixture f(script);
        f.painted(QStringLiteral("a dog"));
        f.window->action(ActionId::Generate)->trigger();
        QTest::qWait(50);
        QElapsedTimer timer;
        timer.start();
        f.window->close();
        QTRY_VERIFY(!f.window);
        QVERIFY(f.inference.stop(1s));
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    }

    void anErrorLosesNothingAndSaysWhy()
    {
        FakeScript script;
        script.error = Error{ErrorCode::BadInput, "the file ends early", "/m/unet.safetensors", "", "offset 17"};
        EditorFixture f(script);
        f.painted(QStringLiteral("a cat"));
        const QImage picture = f.window->document().picture().copy();
        const QImage mask = f.window->document().mask().toImage();
        f.window->action(ActionId::Generate)->trigger();
        QTRY_VERIFY(!f.window->generator().isBusy());
        QVERIFY(f.window->notice().isVisible());
        QVERIFY(f.window->notice().title().contains(QStringLiteral("unet.safetensors")));
        QVERIFY(f.window->notice().details().contains(QStringLiteral("offset 17")));
        QCOMPARE(f.window->document().picture(), picture);
        QCOMPARE(f.window->document().mask().toImage(), mask);
        QCOMPARE(f.window->taskBar().prompt(), QStringLiteral("a cat"));
        QVERIFY(f.window->canvas().overlay().isEmpty());
    }
};

QTEST_MAIN(WindowJobsTest)
#include "tst_window_jobs.moc"
