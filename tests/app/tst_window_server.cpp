// SPDX-License-Identifier: Apache-2.0
// The editor lets a server do the work: chosen, used, lost, and given up again.
#include "tests/app/editor_fixture.h"
#include "tests/support/job_server.h"

#include "app/bridge/frame_mailbox.h"
#include "widgets/dialogs/server_dialog.h"
#include "widgets/panels/control_list.h"

#include <QAbstractButton>
#include <QAction>
#include <QLabel>

using namespace pentimento;

namespace {

ServerDialog* askServer(EditorFixture& f, const QString& address)
{
    f.window->action(ActionId::Server)->trigger();
    auto* dialog = f.window->findChild<ServerDialog*>();
    dialog->findChild<QAbstractButton*>(QStringLiteral("runThere"))->click();
    dialog->findChild<QLineEdit*>(QStringLiteral("serverAddress"))->setText(address);
    dialog->findChild<QAbstractButton*>(QStringLiteral("applyServer"))->click();
    return dialog;
}

QString result(const ServerDialog* dialog)
{
    return dialog->findChild<QLabel*>(QStringLiteral("serverResult"))->text();
}

bool tellsItsRim(const EditorFixture& f)
{
    const QList<QLabel*> labels = f.window->findChildren<QLabel*>(QStringLiteral("muted"));
    return std::any_of(labels.cbegin(), labels.cend(), [](const QLabel* label) {
        return label->isVisible() && label->text().contains(QStringLiteral("over a rim of"));
    });
}

} // namespace

class WindowServerTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anEditRunsOnTheServer()
    {
        const JobServer server;
        EditorFixture f;
        f.painted();
        f.window->action(ActionId::ModeErase)->trigger();
        const QString address = QStringLiteral("http://127.0.0.1:%1").arg(server.port());
        const ServerDialog* dialog = askServer(f, address.mid(7)); // as people type it
        QTRY_VERIFY2(result(dialog).contains(QStringLiteral("Connected")), qPrintable(result(dialog)));
        QCOMPARE(f.settings.server().address, address);
        QCOMPARE(f.window->runPanel().model()->path, QStringLiteral("starter")); // by the name that it has there
        f.paint();
        QTest::qWait(500); // what was told of a model here is gone
        QVERIFY(tellsItsRim(f));
        f.generate();
        QVERIFY(f.candidates().count() == 1);
        QTRY_COMPARE(f.inference.facts().device, address);
    }

    void controlsTravelByNameWithTheirPictures()
    {
        const QString models = QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference");
        qputenv("PENTIMENTO_MODELS", models.toLocal8Bit()); // the server's: it runs in this process
        FrameMailbox<Request> asked;
        FakeScript script = quickScript();
        script.asked = [&asked](const Request& request) { asked.put(request); };
        const JobServer server(script);
        EditorFixture f;
        f.painted();
        const ServerDialog* dialog = askServer(f, QStringLiteral("http://127.0.0.1:%1").arg(server.port()));
        QTRY_VERIFY2(result(dialog).contains(QStringLiteral("Connected")), qPrintable(result(dialog)));
        f.window->runPanel().selectModel(QStringLiteral("starter"));
        // Another folder of that name, as on another machine.
        ControlList& list = f.window->runPanel().controls();
        list.setControls({{QStringLiteral("/elsewhere/sd15-controlnet"), ControlLook::Picture, f.pictureFile(), 0.5, 10, 90},
                          {QStringLiteral("/elsewhere/sd15-controlnet"), ControlLook::Canny, {}, 1, 0, 100}});
        f.generate();
        const Request got = asked.take().value_or(Request{});
        QCOMPARE(got.controls.size(), std::size_t(2));
        QCOMPARE(got.controls[0].model, std::filesystem::path((models + QStringLiteral("/sd15-controlnet")).toStdString()));
        QVERIFY((got.controls[0].image.size() == Size{320, 240}) && got.controls[0].image.row8(30)[1] == 30);
        QVERIFY(got.controls[0].scale == 0.5 && got.controls[0].start == 0.1 && got.controls[0].end == 0.9);
        QVERIFY(got.controls[1].source == ControlSource::Canny && got.controls[1].image.empty());

        list.setControls({{QStringLiteral("/elsewhere/pose.safetensors"), ControlLook::Canny, {}, 1, 0, 100}});
        f.window->action(ActionId::Generate)->trigger();
        QTRY_VERIFY(f.window->notice().isVisible());
        QCOMPARE(f.window->notice().title(), QStringLiteral("The ControlNet “pose.safetensors” cannot be used."));
        QVERIFY(f.window->notice().details().contains(QStringLiteral("no ControlNet of this name"))); // the server's words
        qunsetenv("PENTIMENTO_MODELS");
    }

    void aServerThatIsNotThereChangesNothing()
    {
        EditorFixture f;
        f.open();
        const QString model = f.window->runPanel().model()->path;
        const ServerDialog* dialog = askServer(f, QStringLiteral("http://127.0.0.1:9"));
        QTRY_VERIFY_WITH_TIMEOUT(!result(dialog).isEmpty() && !result(dialog).contains(QStringLiteral("Connecting")), 15000);
        QVERIFY(!f.settings.server().isUsed());
        QCOMPARE(f.window->runPanel().model()->path, model);
        f.paint();
        f.window->action(ActionId::ModeErase)->trigger();
        f.generate(); // here, as before
    }

    void whatIsNoAddressIsRefused()
    {
        EditorFixture f;
        f.open();
        const ServerDialog* dialog = askServer(f, QStringLiteral("gpu"));
        QTRY_VERIFY(!result(dialog).isEmpty() && !result(dialog).contains(QStringLiteral("Connecting")));
        QVERIFY(!f.settings.server().isUsed());
    }
};

QTEST_MAIN(WindowServerTest)
#include "tst_window_server.moc"
