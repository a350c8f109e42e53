// SPDX-License-Identifier: Apache-2.0
// Which model is used: one from another place, and what is offered when one does not work.
#include "tests/app/editor_fixture.h"

#include <QAction>
#include <QComboBox>
#include <QPushButton>

#include <algorithm>

using namespace pentimento;

namespace {

QString starterFolder()
{
    return QStringLiteral(PENTIMENTO_SOURCE_DIR "/resources/models/starter");
}

/// The starter under another name.
QString otherModel(EditorFixture& f)
{
    const QString path = f.folder.filePath(QStringLiteral("other"));
    QFile::link(starterFolder(), path);
    return path;
}

QPushButton* noticeButton(EditorFixture& f, const QString& text)
{
    const auto buttons = f.window->notice().findChildren<QPushButton*>(QStringLiteral("noticeButton"));
    const auto found =
        std::find_if(buttons.begin(), buttons.end(), [&text](const QPushButton* button) { return button->text() == text; });
    return found == buttons.end() ? nullptr : *found;
}

} // namespace

class WindowModelsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aModelFromAnotherPlaceIsUsedAndRemembered()
    {
        EditorFixture f;
        f.open();
        const QString path = otherModel(f);
        f.window->models().askPlace = [&](ModelController::Place) { return path; };
        auto* box = f.window->runPanel().findChild<QComboBox*>(QStringLiteral("model"));
        box->setCurrentIndex(box->count() - 2); // "Choose a folder…"
        QTRY_COMPARE(f.window->runPanel().model()->path, path);
        QCOMPARE(box->currentData().toString(), path);
        f.window->close();
        QTRY_VERIFY(!f.window);

        f.window = f.openWindow();
        QTRY_VERIFY(f.window->runPanel().model());
        QCOMPARE(f.window->runPanel().model()->path, path);
    }

    void aFolderThatIsNoModelIsRefused()
    {
        EditorFixture f;
        f.open();
        const QString former = f.window->runPanel().model()->path;
        QDir(f.folder.path()).mkdir(QStringLiteral("empty"));
        f.window->models().take(f.folder.filePath(QStringLiteral("empty")));
        QTRY_VERIFY(f.window->notice().isVisible());
        QVERIFY(f.window->notice().title().contains(QStringLiteral("empty")));
        QVERIFY(noticeButton(f, QStringLiteral("Choose another folder…")));
        QCOMPARE(f.window->runPanel().model()->path, former);
        QVERIFY(f.settings.ownModels().isEmpty());
    }

    void dismissingTheQuestionChangesNothing()
    {
        EditorFixture f;
        f.open();
        const QString former = f.window->runPanel().model()->path;
        int asked = 0;
        f.window->models().askPlace = [&](ModelController::Place) {
            ++asked;
            return QString();
        };
        auto* box = f.window->runPanel().findChild<QComboBox*>(QStringLiteral("model"));
        box->setCurrentIndex(box->count() - 3);
        QCOMPARE(asked, 1);
        QCOMPARE(box->currentData().toString(), former);
        QTest::keyClick(box, Qt::Key_Down);
        QTest::keyClick(box, Qt::Key_End);
        QCOMPARE(asked, 1);
        QCOMPARE(f.window->runPanel().model()->path, former);
    }

    void aModelThatFailsCanBeReplacedByTheStarter()
    {
        FakeScript script;
        script.error = Error{ErrorCode::BadInput, "the file ends early", "/m/unet.safetensors", "", ""};
        EditorFixture f(script);
        f.open();
        const QString starter = f.window->runPanel().model()->path;
        QCOMPARE(starter, f.window->runPanel().bundledModel());
        const QString path = otherModel(f);
        f.window->models().take(path);
        QTRY_COMPARE(f.window->runPanel().model()->path, path);
        f.paint();
        f.window->action(ActionId::ModeErase)->trigger();
        QSignalSpy failed(&f.inference, &InferenceService::failed);
        f.window->action(ActionId::Generate)->trigger();
        QTRY_COMPARE(failed.count(), 1);
        QPushButton* way = noticeButton(f, QStringLiteral("Use the starter instead"));
        QVERIFY(way);
        QVERIFY(noticeButton(f, QStringLiteral("Choose a file…")));
        way->click();
        QCOMPARE(f.window->runPanel().model()->path, starter);
        QTRY_COMPARE(failed.count(), 2); // generated again at once
        QVERIFY(!noticeButton(f, QStringLiteral("Use the starter instead")));
    }

    void aModelThatCannotBeLoadedSaysSoAtOnce()
    {
        FakeScript script;
        script.loadError = Error{ErrorCode::BadInput, "the file ends early", "/m/unet.safetensors", "", ""};
        EditorFixture f(script);
        QTRY_VERIFY(f.window->notice().isVisible());
        QVERIFY(f.window->notice().title().contains(QStringLiteral("unet.safetensors")));
        QVERIFY(noticeButton(f, QStringLiteral("Choose a folder…")));
    }
};

QTEST_MAIN(WindowModelsTest)
#include "tst_window_models.moc"
