// SPDX-License-Identifier: Apache-2.0
// The dialog of all models: what each is, why one is refused, checking, adding and deleting.
#include "tests/app/editor_fixture.h"

#include "app/window/model_manager.h"
#include "widgets/dialogs/models_dialog.h"

#include <QAction>
#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QListWidget>
#include <QMimeData>
#include <QPushButton>
#include <QUrl>

using namespace pentimento;

namespace {

QString starterFolder()
{
    return QStringLiteral(PENTIMENTO_SOURCE_DIR "/resources/models/starter");
}

ModelsDialog* opened(EditorFixture& f)
{
    f.open();
    f.window->action(ActionId::Models)->trigger();
    return f.window->modelManager().dialog();
}

QString shownText(const ModelsDialog& dialog)
{
    QString text;
    for (const QLabel* label : dialog.findChildren<QLabel*>())
        text += label->text() + u'\n';
    return text;
}

QString result(const ModelsDialog& dialog)
{
    return dialog.findChild<QLabel*>(QStringLiteral("modelResult"))->text();
}

QPushButton* button(const ModelsDialog& dialog, const char* name)
{
    return dialog.findChild<QPushButton*>(QLatin1String(name));
}

void drop(QWidget& target, const QString& path)
{
    QMimeData files;
    files.setUrls({QUrl::fromLocalFile(path)});
    QDragEnterEvent enter({5, 5}, Qt::CopyAction, &files, Qt::LeftButton, {});
    QCoreApplication::sendEvent(&target, &enter);
    QVERIFY(enter.isAccepted());
    QDropEvent event({5, 5}, Qt::CopyAction, &files, Qt::LeftButton, {});
    QCoreApplication::sendEvent(&target, &event);
}

} // namespace

class ModelsDialogTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theStarterIsDescribed()
    {
        EditorFixture f;
        const ModelsDialog* dialog = opened(f);
        QVERIFY(dialog && dialog->isVisible() && !dialog->isModal());
        const QString text = shownText(*dialog);
        for (const char* fact : {"made for inpainting", "9 channels", "v_prediction", "CC-BY-SA", "256 px"})
            QVERIFY2(text.contains(QLatin1String(fact)), qPrintable(text));
        QVERIFY(!button(*dialog, "useModel")->isEnabled()); // in use
    }

    void aDroppedModelIsListedAndUsed()
    {
        EditorFixture f;
        ModelsDialog* dialog = opened(f);
        const QString path = f.folder.filePath(QStringLiteral("other"));
        QFile::link(starterFolder(), path);
        const QString former = f.window->runPanel().model()->path;
        drop(*dialog, path);
        QTRY_VERIFY(shownText(*dialog).contains(path));
        QCOMPARE(f.window->runPanel().model()->path, former); // not without being told
        QVERIFY(button(*dialog, "useModel")->isEnabled());
        button(*dialog, "useModel")->click();
        QCOMPARE(f.window->runPanel().model()->path, path);
        QVERIFY(f.settings.ownModels().contains(path));
    }

    void aDroppedFileSaysWhyItIsRefused()
    {
        EditorFixture f;
        f.open();
        const QString lora = QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-lora/kohya.safetensors");
        drop(*f.window, lora); // on the window itself
        QTRY_VERIFY(f.window->modelManager().dialog());
        const ModelsDialog* dialog = f.window->modelManager().dialog();
        QTRY_VERIFY2(shownText(*dialog).contains(QStringLiteral("LoRA")), qPrintable(shownText(*dialog)));
        QVERIFY(!button(*dialog, "useModel")->isEnabled());
        QVERIFY(!button(*dialog, "checkModel")->isEnabled());
        QVERIFY(f.settings.ownModels().isEmpty());
    }

    void aDroppedFolderShowsWhatIsInIt()
    {
        EditorFixture f;
        ModelsDialog* dialog = opened(f);
        const QString folder = f.folder.filePath(QStringLiteral("downloads"));
        QDir().mkpath(folder);
        QFile::link(starterFolder(), folder + QStringLiteral("/a model"));
        QFile::copy(QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-lora/kohya.safetensors"),
                    folder + QStringLiteral("/b style.safetensors"));
        drop(*dialog, folder);
        const auto* list = dialog->findChild<QListWidget*>(QStringLiteral("models"));
        const auto shows = [&](const char* name, const char* what) {
            for (int i = 0; i < list->count(); ++i) {
                if (list->item(i)->text().contains(QLatin1String(name)) && list->item(i)->text().contains(QLatin1String(what)))
                    return true;
            }
            return false;
        };
        QTRY_VERIFY(shows("b style", "LoRA"));
        QVERIFY(list->count() >= 3 && shows("inpainting", ""));
    }

    void aCheckTellsItsResult()
    {
        EditorFixture f;
        const ModelsDialog* dialog = opened(f);
        button(*dialog, "checkModel")->click();
        QVERIFY(dialog->isWorking());
        QTRY_VERIFY(!dialog->isWorking());
        QVERIFY2(result(*dialog).contains(QStringLiteral("is sound")), qPrintable(result(*dialog)));
    }

    void whatTheLastWorkLedToIsReadUntilAnotherModelIsLookedAt()
    {
        EditorFixture f;
        ModelsDialog* dialog = opened(f);
        const QString path = f.folder.filePath(QStringLiteral("other"));
        QFile::link(starterFolder(), path);
        dialog->endWork(QStringLiteral("It is now a folder."), {}, false); // which is listed after that
        drop(*dialog, path);
        QTRY_VERIFY(shownText(*dialog).contains(path));
        QVERIFY(result(*dialog).contains(QStringLiteral("a folder")));
        QTest::keyClick(dialog->findChild<QListWidget*>(QStringLiteral("models")), Qt::Key_Up);
        QVERIFY(result(*dialog).isEmpty());
    }

    void aDeletedModelIsGone()
    {
        EditorFixture f;
        qputenv("XDG_DATA_HOME", QFile::encodeName(f.folder.path()));
        const QString path = f.folder.filePath(QStringLiteral("pentimento/models/mine"));
        QDir().mkpath(path);
        QFile index(path + QStringLiteral("/model_index.json"));
        QVERIFY(index.open(QFile::WriteOnly));
        index.close();
        f.settings.addOwnModel(path); // as one that was converted here
        ModelsDialog* dialog = opened(f);
        f.window->modelManager().confirmRemoval = [](const QString&) { return true; };
        const auto listed = [&] { return shownText(*dialog).contains(path); };
        dialog->select(path);
        QVERIFY(listed());
        button(*dialog, "deleteModel")->click();
        QTRY_VERIFY(!listed());
        QVERIFY(!QFileInfo::exists(path));
        QVERIFY2(result(*dialog).contains(QStringLiteral("deleted")), qPrintable(result(*dialog)));
        qunsetenv("XDG_DATA_HOME");
    }

    void aFailedCheckTellsWhy()
    {
        FakeScript script;
        script.error = Error{ErrorCode::BadInput, "the file ends early", "/m/unet.safetensors", "", ""};
        EditorFixture f(script);
        const ModelsDialog* dialog = opened(f);
        button(*dialog, "checkModel")->click();
        QTRY_VERIFY(!dialog->isWorking());
        QVERIFY2(result(*dialog).contains(QStringLiteral("unet.safetensors")), qPrintable(result(*dialog)));
    }

    void aCheckIsCancelled()
    {
        FakeScript script;
        script.steps = 1000;
        EditorFixture f(script);
        const ModelsDialog* dialog = opened(f);
        button(*dialog, "checkModel")->click();
        QVERIFY(dialog->isWorking());
        button(*dialog, "cancelWork")->click();
        QTRY_VERIFY(!dialog->isWorking());
        QVERIFY(result(*dialog).contains(QStringLiteral("cancelled")));
    }

    void aCheckMakesWayForAnEdit()
    {
        FakeScript script;
        script.steps = 200;
        EditorFixture f(script);
        f.painted();
        f.window->action(ActionId::Models)->trigger();
        const ModelsDialog* dialog = f.window->modelManager().dialog();
        QSignalSpy progress(&f.inference, &InferenceService::checkProgress);
        button(*dialog, "checkModel")->click();
        QTRY_VERIFY(progress.count() > 0);
        f.window->action(ActionId::Generate)->trigger();
        QTRY_VERIFY(!dialog->isWorking());
        QVERIFY2(result(*dialog).contains(QStringLiteral("made way")), qPrintable(result(*dialog)));
        QTRY_COMPARE(f.candidates().count(), 1);
    }

    void closingTheDialogEndsTheCheck()
    {
        FakeScript script;
        script.steps = 100000;
        EditorFixture f(script);
        const ModelsDialog* dialog = opened(f);
        QSignalSpy ended(&f.inference, &InferenceService::checkCancelled);
        button(*dialog, "checkModel")->click();
        f.window->modelManager().dialog()->close();
        QTRY_COMPARE(ended.count(), 1);
        QVERIFY(!f.window->modelManager().dialog());
    }

    void schedulersOfTheEngineAreOffered()
    {
        EditorFixture f;
        f.open();
        const auto* box = f.window->runPanel().findChild<QComboBox*>(QStringLiteral("scheduler"));
        QVERIFY(box->findData(QStringLiteral("dpmpp-2m-karras")) > 0);
        QCOMPARE(box->itemData(0).toString(), QStringLiteral("model"));
        QCOMPARE(f.window->runPanel().numbers().scheduler, box->currentData().toString());
    }
};

QTEST_MAIN(ModelsDialogTest)
#include "tst_models_dialog.moc"
