// SPDX-License-Identifier: Apache-2.0
// Opening, saving and closing.
#include "tests/app/editor_fixture.h"

#include <QAction>
#include <QDir>
#include <QDropEvent>
#include <QMimeData>

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

    void savingAnUnchangedPictureLeavesItsFileAlone()
    {
        EditorFixture f;
        f.open();
        const QString path = f.pictureFile(QStringLiteral("photo.jpg"));
        f.window->openFile(path);
        QTRY_COMPARE(f.window->files().displayName(), QStringLiteral("photo.jpg"));
        const auto bytes = [&path] {
            QFile file(path);
            return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
        };
        const QByteArray before = bytes();
        QSignalSpy saved(&f.window->files(), &DocumentController::saved);
        f.window->action(ActionId::Save)->trigger();
        QVERIFY(saved.count() || saved.wait(5000));
        QCOMPARE(bytes(), before);
        QVERIFY(QFile::remove(path));
        f.window->action(ActionId::Save)->trigger();
        QTRY_VERIFY(QFile::exists(path));
    }

    void aVanishedFileLeavesTheRecentOnes()
    {
        EditorFixture f;
        f.open();
        const QString path = f.pictureFile(QStringLiteral("gone.png"));
        f.window->openFile(path);
        QTRY_COMPARE(f.settings.recentFiles().size(), 2);
        QVERIFY(QFile::remove(path));
        f.window->openFile(path);
        QTRY_VERIFY(f.window->notice().isVisible());
        QCOMPARE(f.settings.recentFiles(), QStringList{f.folder.filePath(QStringLiteral("photo.png"))});
        QCOMPARE(f.window->files().displayName(), QStringLiteral("gone.png"));
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
        QVERIFY(QImage(f.folder.filePath(QStringLiteral("other.png"))) != QImage(f.folder.filePath(QStringLiteral("photo.png"))));
    }

    void severalDroppedFilesOpenOneWindowEach()
    {
        EditorFixture f;
        QSignalSpy others(f.window, &MainWindow::windowWanted);
        QMimeData data;
        const QString first = f.pictureFile(), second = f.pictureFile(QStringLiteral("second.png"));
        data.setUrls({QUrl::fromLocalFile(first), QUrl::fromLocalFile(second)});
        QDragEnterEvent enter({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(f.window, &enter);
        QDropEvent drop({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(f.window, &drop);
        QTRY_COMPARE(f.window->files().displayName(), QStringLiteral("photo.png"));
        QCOMPARE(others.count(), 1);
        QCOMPARE(others[0][0].toString(), second);
    }

    void whatCannotBeSavedStaysUnsavedAndSaysSo()
    {
        EditorFixture f;
        QDir(f.folder.path()).mkdir(QStringLiteral("stick"));
        QSignalSpy opened(&f.window->files(), &DocumentController::opened);
        f.window->openFile(f.pictureFile(QStringLiteral("stick/photo.png")));
        QVERIFY(opened.wait(5000));
        QImage blot(20, 20, QImage::Format_RGB888);
        blot.fill(Qt::black);
        f.window->document().replaceRegion({10, 10}, blot, QStringLiteral("blot"));
        QVERIFY(QDir(f.folder.filePath(QStringLiteral("stick"))).removeRecursively()); // pulled out
        f.window->action(ActionId::Save)->trigger();
        QTRY_VERIFY(f.window->notice().isVisible());
        QVERIFY(f.window->document().isModified());
        QVERIFY(!f.window->notice().details().isEmpty());
    }

    void sixteenBitsSurviveASave()
    {
        EditorFixture f;
        QImage deep(64, 48, QImage::Format_RGBX64);
        for (int y = 0; y < 48; ++y)
            for (int x = 0; x < 64; ++x)
                deep.setPixelColor(x, y, QColor::fromRgba64(quint16(1001 * x), quint16(1203 * y), 12345));
        const QString path = f.folder.filePath(QStringLiteral("deep.png"));
        QVERIFY(deep.save(path));
        QSignalSpy opened(&f.window->files(), &DocumentController::opened);
        f.window->openFile(path);
        QVERIFY(opened.wait(5000));
        QImage blot(5, 5, f.window->document().picture().format());
        blot.fill(Qt::black);
        f.window->document().replaceRegion({10, 10}, blot, QStringLiteral("blot"));
        QSignalSpy saved(&f.window->files(), &DocumentController::saved);
        f.window->action(ActionId::Save)->trigger();
        QVERIFY(saved.wait(5000));
        const QImage file(path);
        QCOMPARE(file.pixelFormat().redSize(), uchar(16));
        QCOMPARE(file.pixelColor(40, 30).rgba64(), deep.pixelColor(40, 30).rgba64());
        QCOMPARE(file.pixelColor(12, 12).rgba64().red(), quint16(0));
    }

    void unreadableFilesGiveANotice()
    {
        EditorFixture f;
        QFile text(f.folder.filePath(QStringLiteral("text.png")));
        QVERIFY(text.open(QIODevice::WriteOnly));
        text.write("this is no picture");
        text.close();
        for (const QString& path : {text.fileName(), f.folder.path(), f.folder.filePath(QStringLiteral("missing.png"))}) {
            f.window->notice().hide();
            f.window->openFile(path);
            QTRY_VERIFY(f.window->notice().isVisible());
            QVERIFY(!f.window->document().isOpen());
        }
    }
};

QTEST_MAIN(WindowFilesTest)
#include "tst_window_files.moc"
