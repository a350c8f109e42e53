// SPDX-License-Identifier: Apache-2.0
// The rules of the window (design section 9), each in the real window with a scripted engine.
#include "tests/app/editor_fixture.h"

#include <QAction>
#include <QElapsedTimer>
#include <QMimeData>

using namespace pentimento;
using namespace std::chrono_literals;

class WindowTest : public QObject
{
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

    void aResultIsNotInThePictureUntilKept()
    {
        EditorFixture f;
        f.ready();
        ImageDocument& document = f.window->document();
        const QImage before = document.picture().copy();
        const QImage mask = document.mask().toImage();
        QVERIFY(!document.isModified());
        QVERIFY(!f.window->canvas().overlay().isEmpty());
        const int steps = document.undoStack().count();
        const quint64 seed = f.candidates().shown()->variant.seed;

        f.window->action(ActionId::Keep)->trigger();
        QCOMPARE(document.undoStack().count(), steps + 1);
        QVERIFY(document.isModified());
        QVERIFY(f.candidates().isEmpty());
        QVERIFY(f.window->canvas().overlay().isEmpty());
        QCOMPARE(document.mask().toImage(), mask);
        const int shade = FakeEngine::shade(seed);
        for (int y = 0; y < before.height(); ++y) {
            for (int x = 0; x < before.width(); ++x) {
                const bool painted = mask.constScanLine(y)[x] > 127;
                QCOMPARE(document.picture().pixel(x, y), painted ? qRgb(shade, shade, shade) : before.pixel(x, y));
            }
        }
        f.window->action(ActionId::Undo)->trigger();
        QCOMPARE(document.picture(), before);
        QCOMPARE(document.mask().toImage(), mask);
        QVERIFY(!document.isModified());
    }

    void generateAndAgainAddCandidates()
    {
        EditorFixture f;
        f.ready();
        f.generate();
        QCOMPARE(f.candidates().index(), 1);
        f.window->action(ActionId::Again)->trigger();
        QTRY_COMPARE(f.candidates().count(), 3);
        QVERIFY(f.candidates().at(2).variant.seed != f.candidates().at(1).variant.seed);

        f.window->runPanel().setLockedSeed(99);
        f.window->action(ActionId::Again)->trigger();
        QTRY_COMPARE(f.candidates().count(), 4);
        QCOMPARE(f.candidates().at(3).variant.seed, f.candidates().at(2).variant.seed);
        f.generate();
        QCOMPARE(f.candidates().shown()->variant.seed, quint64(99));
    }

    void againRepeatsTheRequestNotTheCurrentState()
    {
        EditorFixture f;
        f.ready();
        const QRect rect = f.candidates().shown()->variant.rect;
        f.paint({200, 180}, {220, 190});
        f.window->action(ActionId::Again)->trigger();
        QTRY_COMPARE(f.candidates().count(), 2);
        QCOMPARE(f.candidates().shown()->variant.rect, rect);
        f.generate();
        QVERIFY(f.candidates().shown()->variant.rect != rect);
    }

    void paintingUndoAndZoomGoOnWhileOneWaits()
    {
        EditorFixture f;
        f.ready();
        const double covered = f.window->document().mask().coverage();
        f.paint({200, 180}, {220, 190});
        QVERIFY(f.window->document().mask().coverage() > covered);
        QCOMPARE(f.candidates().count(), 1);
        f.window->action(ActionId::Undo)->trigger();
        QCOMPARE(f.window->document().mask().coverage(), covered);
        QCOMPARE(f.candidates().count(), 1);
        f.window->action(ActionId::ActualSize)->trigger();
        f.window->taskBar().setPrompt(QStringLiteral("something else"));
        QCOMPARE(f.candidates().count(), 1);
    }

    void paintingGoesOnDuringAJob()
    {
        FakeScript script;
        script.stepTime = 200ms;
        EditorFixture f(script);
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("x"));
        f.paint();
        f.window->action(ActionId::Generate)->trigger();
        const double covered = f.window->document().mask().coverage();
        f.paint({200, 180}, {220, 190});
        QVERIFY(f.window->generator().isBusy());
        QVERIFY(f.window->document().mask().coverage() > covered);
        QTRY_COMPARE(f.candidates().count(), 1);
        // The run saw the mask as it was when Generate was pressed.
        QVERIFY(!f.candidates().shown()->variant.rect.intersects(QRect(200, 180, 20, 10)));
    }

    void saveLeavesTheWaitingResultOut()
    {
        EditorFixture f;
        f.ready();
        const QImage before = f.window->document().picture().copy();
        QSignalSpy saved(&f.window->files(), &DocumentController::saved);
        f.window->action(ActionId::Save)->trigger();
        QVERIFY(saved.wait(5000));
        QCOMPARE(QImage(f.folder.filePath(QStringLiteral("photo.png"))).convertToFormat(QImage::Format_RGB888), before);
        QCOMPARE(f.candidates().count(), 1);
    }

    void savingMakesItUnmodifiedAndHoldsTheKeptEdit()
    {
        EditorFixture f;
        f.ready();
        f.window->action(ActionId::Keep)->trigger();
        QVERIFY(f.window->windowTitle().contains(QStringLiteral("• edited")));
        QSignalSpy saved(&f.window->files(), &DocumentController::saved);
        f.window->action(ActionId::Save)->trigger();
        QVERIFY(saved.wait(5000));
        QVERIFY(!f.window->document().isModified());
        QVERIFY(!f.window->windowTitle().contains(QStringLiteral("edited")));
        QCOMPARE(QImage(f.folder.filePath(QStringLiteral("photo.png"))).convertToFormat(QImage::Format_RGB888),
                 f.window->document().picture());
    }

    void keepIsRefusedWhenThePictureUnderItChanged()
    {
        EditorFixture f;
        f.ready();
        QImage blot(20, 20, QImage::Format_RGB888);
        blot.fill(Qt::black);
        f.window->document().replaceRegion({110, 95}, blot, QStringLiteral("blot"));
        const QImage now = f.window->document().picture().copy();
        f.window->action(ActionId::Keep)->trigger();
        QVERIFY(f.window->notice().isVisible());
        QCOMPARE(f.window->document().picture(), now);
        QCOMPARE(f.candidates().count(), 1);
        f.window->action(ActionId::Undo)->trigger();
        f.window->action(ActionId::Keep)->trigger();
        QVERIFY(f.candidates().isEmpty());
    }

    void closeAndOpenAskForUnsavedWorkAndForAWaitingResult()
    {
        EditorFixture f;
        f.open();
        f.window->openFile(f.pictureFile(QStringLiteral("other.png")));
        QCOMPARE(f.questions, 0);
        QTRY_COMPARE(f.window->files().displayName(), QStringLiteral("other.png"));

        f.window->taskBar().setPrompt(QStringLiteral("x"));
        f.paint();
        f.generate();
        f.window->openFile(f.pictureFile());
        QCOMPARE(f.questions, 1);
        f.window->close();
        QCOMPARE(f.questions, 2);
        QVERIFY(f.window && f.window->isVisible());
        f.window->action(ActionId::Keep)->trigger();
        f.window->close();
        QCOMPARE(f.questions, 3);
        QVERIFY(f.window && f.window->isVisible());
        f.answer = DocumentController::Answer::Save;
        f.window->close();
        QTRY_VERIFY(!f.window);
        QVERIFY(QImage(f.folder.filePath(QStringLiteral("other.png"))) !=
                QImage(f.folder.filePath(QStringLiteral("photo.png"))));
    }

    void keysOfAWaitingResult()
    {
        EditorFixture f;
        f.ready();
        f.generate();
        f.window->canvas().setFocus();
        f.key(Qt::Key_Left);
        QCOMPARE(f.candidates().index(), 0);
        f.key(Qt::Key_Right);
        QCOMPARE(f.candidates().index(), 1);
        f.key(Qt::Key_Backspace);
        QCOMPARE(f.candidates().count(), 1);
        f.key(Qt::Key_Return);
        QVERIFY(f.candidates().isEmpty());
        QVERIFY(f.window->document().isModified());
    }

    void compareHidesTheResultWhileHeld()
    {
        EditorFixture f;
        f.ready();
        f.window->canvas().setFocus();
        QTest::keyPress(&f.window->canvas(), Qt::Key_Backslash);
        QVERIFY(f.window->canvas().overlay().isEmpty());
        QTest::keyRelease(&f.window->canvas(), Qt::Key_Backslash);
        QVERIFY(!f.window->canvas().overlay().isEmpty());
    }

    void escapeGoesBackToTheCanvasThenDiscards()
    {
        EditorFixture f;
        f.ready();
        f.window->taskBar().focusPrompt();
        f.key(Qt::Key_Escape);
        QVERIFY(f.window->canvas().hasFocus());
        QCOMPARE(f.candidates().count(), 1);
        f.key(Qt::Key_Escape);
        QVERIFY(f.candidates().isEmpty());
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
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("a dog"));
        f.paint();
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

    void singleKeysActOnlyOutsideTextFields()
    {
        EditorFixture f;
        f.open();
        f.window->canvas().setFocus();
        f.key(Qt::Key_E);
        QCOMPARE(f.window->tools().tool(), Tool::Eraser);
        f.key(Qt::Key_B);
        QCOMPARE(f.window->tools().tool(), Tool::Brush);
        f.key(Qt::Key_X);
        QCOMPARE(f.window->tools().tool(), Tool::Eraser);
        const double size = f.window->tools().size();
        f.key(Qt::Key_BracketRight);
        QVERIFY(f.window->tools().size() > size);
        const double hardness = f.window->tools().hardness();
        f.key(Qt::Key_BraceLeft, Qt::ShiftModifier);
        QVERIFY(f.window->tools().hardness() < hardness);
        f.key(Qt::Key_Q);
        QVERIFY(!f.window->tools().maskVisible());

        f.window->taskBar().focusPrompt();
        QTest::keyClicks(f.prompt(), QStringLiteral("bxq"));
        QCOMPARE(f.window->taskBar().prompt(), QStringLiteral("bxq"));
        QCOMPARE(f.window->tools().tool(), Tool::Eraser);
        QVERIFY(!f.window->tools().maskVisible());
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

    void anErrorLosesNothingAndSaysWhy()
    {
        FakeScript script;
        script.error = Error{ErrorCode::BadInput, "the file ends early", "/m/unet.safetensors", "", "offset 17"};
        EditorFixture f(script);
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("a cat"));
        f.paint();
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

    void closingDuringAJobCancelsIt()
    {
        FakeScript script;
        script.stepTime = 10s;
        EditorFixture f(script);
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("a dog"));
        f.paint();
        f.window->action(ActionId::Generate)->trigger();
        QTest::qWait(50);
        QElapsedTimer timer;
        timer.start();
        f.window->close();
        QTRY_VERIFY(!f.window);
        QVERIFY(f.inference.stop(1s));
        QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
    }

    void whatWasSetIsThereAtTheNextStart()
    {
        EditorFixture f;
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("a blue door"));
        f.window->action(ActionId::ModeRefine)->trigger();
        f.window->runPanel().setNegativePrompt(QStringLiteral("people"));
        f.window->runPanel().setLockedSeed(4711);
        f.window->tools().setSize(123);
        f.window->tools().setHardness(0.4);
        f.window->tools().setOverlay(Qt::green, 0.7);
        f.window->resize(1010, 707);
        f.window->close();
        QTRY_VERIFY(!f.window);

        f.window = f.openWindow();
        QCOMPARE(f.window->taskBar().prompt(), QStringLiteral("a blue door"));
        QCOMPARE(f.window->taskBar().mode(), EditMode::Refine);
        QCOMPARE(f.window->runPanel().negativePrompt(), QStringLiteral("people"));
        QCOMPARE(f.window->runPanel().lockedSeed(), std::optional<quint64>(4711));
        QCOMPARE(f.window->tools().size(), 123.0);
        QCOMPARE(f.window->tools().hardness(), 0.4);
        QCOMPARE(f.window->tools().overlayColor(), QColor(Qt::green));
        QCOMPARE(f.window->tools().overlayOpacity(), 0.7);
        QCOMPARE(f.settings.recentFiles().size(), 1);
    }

    void numbersFollowTheModelUntilChanged()
    {
        RunPanel panel;
        ModelChoice model;
        model.name = model.path = QStringLiteral("m");
        model.defaults[0] = {20, 2.5, 1, QStringLiteral("model")};
        model.defaults[1] = {10, 1, 1, QStringLiteral("model")};
        model.defaults[2] = {20, 2, 0.5, QStringLiteral("ddim")};
        panel.setModels({model}, {});
        QCOMPARE(panel.numbers().steps, 20);
        panel.setMode(EditMode::Erase);
        QCOMPARE(panel.numbers().steps, 10);
        QCOMPARE(panel.numbers().guidance, 1.0);
        std::array<RunOverrides, editModeCount> own;
        own[1].steps = 33;
        panel.setOverrides(own);
        QCOMPARE(panel.numbers().steps, 33);
        QCOMPARE(panel.numbers().guidance, 1.0);
        panel.setMode(EditMode::Refine);
        QCOMPARE(panel.numbers().steps, 20);
        QCOMPARE(panel.numbers().strength, 0.5);
        QCOMPARE(panel.numbers().scheduler, QStringLiteral("ddim"));
    }

    void unreadableFilesGiveANotice()
    {
        EditorFixture f;
        QFile text(f.folder.filePath(QStringLiteral("text.png")));
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write("this is no picture");
        text.close();
        for (const QString& path :
             {text.fileName(), f.folder.path(), f.folder.filePath(QStringLiteral("missing.png"))}) {
            f.window->notice().hide();
            f.window->openFile(path);
            QTRY_VERIFY(f.window->notice().isVisible());
            QVERIFY(!f.window->document().isOpen());
        }
    }

    void everyControlIsNamedAndExplained()
    {
        EditorFixture f;
        f.ready();
        for (QWidget* widget : f.window->findChildren<QWidget*>()) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus))
                continue;
            const QByteArray what = widget->metaObject()->className() + QByteArray(" ") + widget->objectName().toUtf8();
            QVERIFY2(!widget->accessibleName().isEmpty(), what.constData());
            if (!qobject_cast<QAbstractScrollArea*>(widget))
                QVERIFY2(!widget->toolTip().isEmpty(), what.constData());
        }
    }

    void everyKeyIsUsedOnce()
    {
        QStringList seen;
        for (const ActionSpec& spec : actionTable()) {
            QVERIFY(!actionText(spec).isEmpty() && !actionTip(spec).isEmpty());
            for (const QKeySequence& key : spec.keys) {
                QVERIFY2(!key.isEmpty(), spec.text);
                QVERIFY2(!seen.contains(key.toString()), qPrintable(key.toString()));
                seen += key.toString();
            }
        }
        QVERIFY(isTypingKey(QKeySequence(Qt::Key_B)));
        QVERIFY(isTypingKey(QKeySequence(Qt::SHIFT | Qt::Key_BraceLeft)));
        QVERIFY(isTypingKey(QKeySequence(Qt::Key_Backspace)));
        QVERIFY(!isTypingKey(QKeySequence(Qt::CTRL | Qt::Key_Z)));
        QVERIFY(!isTypingKey(QKeySequence(Qt::Key_F1)));
    }
};

QTEST_MAIN(WindowTest)
#include "tst_window.moc"
