// SPDX-License-Identifier: Apache-2.0
// The bar at the canvas' lower edge: its prompt, its suggestions and the room it takes.
#include "tests/app/editor_fixture.h"
#include "widgets/dialogs/text_dialog.h"
#include "widgets/panels/candidate_strip.h"

#include <QAbstractButton>
#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>
#include <QScreen>

using namespace pentimento;

class WindowTaskBarTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void eraseShowsNoWordsAndGivesThemBack()
    {
        EditorFixture f;
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("a red ball"));
        f.window->action(ActionId::ModeErase)->trigger();
        QVERIFY(f.prompt()->text().isEmpty());
        QCOMPARE(f.window->taskBar().prompt(), QStringLiteral("a red ball"));
        f.window->action(ActionId::ModeRefine)->trigger();
        QCOMPARE(f.prompt()->text(), QStringLiteral("a red ball"));
    }

    void enterTakesASuggestionAndEnterAgainGenerates()
    {
        EditorFixture f;
        f.open();
        f.paint();
        f.window->taskBar().setSuggestions({QStringLiteral("a balloon"), QStringLiteral("a ball of yarn")});
        f.prompt()->setFocus();
        QTest::keyClicks(f.prompt(), QStringLiteral("a ball"));
        QAbstractItemView* list = f.prompt()->completer()->popup();
        QTRY_VERIFY(list->isVisible());
        QTest::keyClick(list, Qt::Key_Down);
        QTest::keyClick(list, Qt::Key_Return);
        QCOMPARE(f.prompt()->text(), QStringLiteral("a balloon"));
        QVERIFY(!list->isVisible());
        QVERIFY(!f.window->generator().isBusy());
        QTest::keyClick(f.prompt(), Qt::Key_Return);
        QVERIFY(f.window->generator().isBusy());
        QTRY_COMPARE(f.candidates().count(), 1);
    }

    void theSuggestionsCloseWhenARunStarts()
    {
        EditorFixture f;
        f.open();
        f.paint();
        f.window->taskBar().setSuggestions({QStringLiteral("a balloon")});
        f.prompt()->setFocus();
        QTest::keyClicks(f.prompt(), QStringLiteral("a ball"));
        QTRY_VERIFY(f.prompt()->completer()->popup()->isVisible());
        f.generate();
        QVERIFY(!f.prompt()->completer()->popup()->isVisible());
    }

    void aHintGoesWhenItIsFollowed()
    {
        EditorFixture f;
        f.open();
        f.window->action(ActionId::Generate)->trigger();
        QVERIFY(f.window->notice().isVisible());
        f.paint();
        QVERIFY(!f.window->notice().isVisible());
        f.window->action(ActionId::Generate)->trigger();
        QVERIFY(f.window->notice().isVisible());
        QTest::keyClicks(f.prompt(), QStringLiteral("a"));
        QVERIFY(!f.window->notice().isVisible());
        f.window->notice().showNotice(QStringLiteral("An error"), QStringLiteral("stays"));
        f.paint();
        QVERIFY(f.window->notice().isVisible());
    }

    void aFittedPictureLiesClearOfTheBarAlsoWhileAResultWaits()
    {
        EditorFixture f;
        f.ready();
        f.window->resize(1200, 400);
        f.window->action(ActionId::Fit)->trigger();
        QTRY_VERIFY(f.window->taskBar().candidates().isVisible());
        const auto bottom = [&f] { return f.at({0, 240}).y(); };
        QTRY_VERIFY(bottom() <= f.window->taskBar().y());
        const int before = bottom();
        f.window->action(ActionId::Discard)->trigger();
        QCoreApplication::processEvents();
        QCOMPARE(bottom(), before);
    }

    void aMaskChangedAfterKeepIsSeenInFull()
    {
        EditorFixture f;
        f.ready();
        f.window->action(ActionId::Keep)->trigger();
        f.window->action(ActionId::InvertMask)->trigger();
        const QImage shown = f.window->canvas().viewport()->grab().toImage();
        const QColor plain(f.window->document().picture().pixel(20, 20));
        QVERIFY(shown.pixelColor(f.at({20, 20})) != plain);
    }

    // As on the smallest screens.
    void inANarrowBarNoButtonIsCut()
    {
        applyTheme(*qApp, ThemeChoice::Dark);
        TaskBar bar;
        bar.show();
        const auto check = [&bar] {
            bar.resize(344, bar.tallest());
            QCOMPARE(bar.width(), 344); // it can be so narrow
            bar.candidates().show({QImage(8, 8, QImage::Format_RGB888)}, 0, 7);
            QCoreApplication::processEvents();
            for (const QAbstractButton* button : bar.findChildren<QAbstractButton*>()) {
                if (!button->isVisible() || qobject_cast<QLineEdit*>(button->parentWidget()))
                    continue;
                QVERIFY2(button->width() >= button->sizeHint().width(), qPrintable(button->accessibleName()));
                QVERIFY(bar.rect().contains(QRect(button->mapTo(&bar, QPoint()), button->size())));
            }
        };
        check();
        bar.setBusy(QStringLiteral("step 7 of 20, 13 s left"), 0.3);
        check();
        bar.setIdle();
        bar.setCandidatesShown(true);
        check();
    }

    void aDialogIsNoLargerThanItsScreen()
    {
        TextDialog dialog(QStringLiteral("Keyboard"), {}, {9000, 9000});
        QVERIFY(dialog.screen()->availableGeometry().size().expandedTo(dialog.size()) ==
                dialog.screen()->availableGeometry().size());
    }
};

QTEST_MAIN(WindowTaskBarTest)
#include "tst_window_task_bar.moc"
