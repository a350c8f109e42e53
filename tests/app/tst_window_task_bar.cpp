// SPDX-License-Identifier: Apache-2.0
// The bar at the canvas' lower edge: its prompt, its suggestions and the room it takes.
#include "tests/app/editor_fixture.h"
#include "widgets/panels/candidate_strip.h"

#include <QAbstractItemView>
#include <QAction>
#include <QCompleter>

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
};

QTEST_MAIN(WindowTaskBarTest)
#include "tst_window_task_bar.moc"
