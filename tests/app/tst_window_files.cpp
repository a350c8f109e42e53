// SPDX-License-Identifier: Apache-2.0
// Opening, saving and closing.
#include "tests/app/editor_fixture.h"

#include <QAction>

using namespace pentimento;

class WindowFilesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
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
};

QTEST_MAIN(WindowFilesTest)
#include "tst_window_files.moc"
