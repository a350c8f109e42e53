// SPDX-License-Identifier: Apache-2.0
// While a result waits: it is seen and not in the picture, and everything else goes on.
#include "tests/app/editor_fixture.h"
#include "widgets/panels/control_list.h"

#include <QAction>
#include <QComboBox>
#include <QSpinBox>
#include <QWindow>

using namespace pentimento;

class WindowCandidatesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
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
        const quint64 seed = f.candidates().shown()->seed;

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

    void aLargePictureIsEditedElsewhereAndASaveWaitsForIt()
    {
        EditorFixture f;
        QImage picture(2400, 1800, QImage::Format_RGB888);
        picture.fill(QColor(90, 120, 150));
        const QString path = f.folder.filePath(QStringLiteral("large.png"));
        QVERIFY(picture.save(path));
        QSignalSpy opened(&f.window->files(), &DocumentController::opened);
        f.window->openFile(path);
        QVERIFY(opened.count() || opened.wait(5000));
        QTRY_VERIFY(f.window->runPanel().model());
        f.window->action(ActionId::InvertMask)->trigger();
        f.window->action(ActionId::ModeErase)->trigger();
        f.generate();
        const int shade = FakeEngine::shade(f.candidates().shown()->seed);
        QSignalSpy saved(&f.window->files(), &DocumentController::saved);
        f.window->action(ActionId::Keep)->trigger();
        f.window->action(ActionId::Save)->trigger();
        QVERIFY(saved.wait(5000));
        QCOMPARE(QImage(path).pixel(1200, 900), qRgb(shade, shade, shade));
        QVERIFY(f.candidates().isEmpty());
        QVERIFY(!f.window->document().isModified());
        f.window->action(ActionId::Undo)->trigger();
        QCOMPARE(f.window->document().picture(), picture);
    }

    void generateAndAgainAddCandidates()
    {
        EditorFixture f;
        f.ready();
        f.generate();
        QCOMPARE(f.candidates().index(), 1);
        f.window->action(ActionId::Again)->trigger();
        QTRY_COMPARE(f.candidates().count(), 3);
        QVERIFY(f.candidates().at(2).seed != f.candidates().at(1).seed);

        f.window->runPanel().setLockedSeed(99);
        f.window->action(ActionId::Again)->trigger();
        QTRY_COMPARE(f.candidates().count(), 4);
        QCOMPARE(f.candidates().at(3).seed, f.candidates().at(2).seed);
        f.generate();
        QCOMPARE(f.candidates().shown()->seed, quint64(99));
    }

    void againRepeatsTheRequestNotTheCurrentState()
    {
        EditorFixture f;
        f.ready();
        const QRect rect = f.candidates().shown()->rect;
        f.paint({200, 180}, {220, 190});
        f.window->action(ActionId::Again)->trigger();
        QTRY_COMPARE(f.candidates().count(), 2);
        QCOMPARE(f.candidates().shown()->rect, rect);
        f.generate();
        QVERIFY(f.candidates().shown()->rect != rect);
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

    void saveLeavesTheWaitingResultOut()
    {
        EditorFixture f;
        f.ready();
        const QImage before = f.window->document().picture().copy();
        QSignalSpy saved(&f.window->files(), &DocumentController::saved);
        f.window->action(ActionId::Save)->trigger();
        QVERIFY(saved.count() || saved.wait(5000));
        QCOMPARE(QImage(f.folder.filePath(QStringLiteral("photo.png"))).convertToFormat(QImage::Format_RGB888), before);
        QCOMPARE(f.candidates().count(), 1);
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

    void keysInAnOpenListAreTheLists()
    {
        EditorFixture f;
        f.ready();
        auto* box = f.window->runPanel().findChild<QComboBox*>(QStringLiteral("scheduler"));
        for (const int key : {Qt::Key_Return, Qt::Key_Escape}) {
            box->showPopup();
            QTRY_VERIFY(QApplication::activePopupWidget());
            QTest::keyClick(QApplication::activePopupWidget()->windowHandle(), Qt::Key(key));
            QTRY_VERIFY(!QApplication::activePopupWidget());
            QCOMPARE(f.candidates().count(), 1); // neither kept nor discarded
            QVERIFY(!f.window->document().isModified());
        }
    }

    void keysInANumberAreTheNumbers()
    {
        EditorFixture f;
        f.ready();
        f.window->runPanel().controls().add(QStringLiteral("/controls/canny.safetensors"));
        auto* number = f.window->runPanel().controls().findChild<QSpinBox*>();
        number->setFocus();
        for (const int key : {Qt::Key_Backspace, Qt::Key_5, Qt::Key_Return})
            f.key(key);
        QCOMPARE(f.candidates().count(), 1);
        QVERIFY(!f.window->document().isModified());
    }
};

QTEST_MAIN(WindowCandidatesTest)
#include "tst_window_candidates.moc"
