// SPDX-License-Identifier: Apache-2.0
// The editor lets a server do the work: chosen, used, lost, and given up again.
#include "tests/app/editor_fixture.h"
#include "tests/support/job_server.h"

#include "widgets/dialogs/server_dialog.h"

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
        const ServerDialog* dialog = askServer(f, address);
        QTRY_VERIFY2(result(dialog).contains(QStringLiteral("Connected")), qPrintable(result(dialog)));
        QCOMPARE(f.settings.server().address, address);
        QCOMPARE(f.window->runPanel().model()->path, QStringLiteral("starter")); // by the name that it has there
        f.generate();
        QVERIFY(f.candidates().count() == 1);
        QTRY_COMPARE(f.inference.facts().device, address);
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
