// SPDX-License-Identifier: Apache-2.0
#include "app/window/editor_main.h"

#include "app/bridge/engine_choice.h"
#include "app/bridge/inference_service.h"
#include "app/bridge/picture_files.h"
#include "app/window/app_settings.h"
#include "app/window/log_hub.h"
#include "app/window/main_window.h"

#include <QApplication>
#include <QDir>
#include <QPointer>
#include <QScreen>
#include <QTranslator>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>

namespace pentimento {
namespace {

// What is still running then is ended with the process; settings and files are written before.
constexpr std::chrono::milliseconds closingPatience(700);

constexpr int cascade = 32; // from one window to the next
constexpr int mostCascaded = 8;

void installTranslations(QApplication& app)
{
    // The English file holds the plural forms; another language's file, if there is one, goes on top.
    for (const QString& name : {QStringLiteral("en"), QLocale().name()}) {
        auto* translator = new QTranslator(&app);
        if (translator->load(QStringLiteral(":/i18n/pentimento_%1").arg(name)))
            app.installTranslator(translator);
        else
            delete translator;
    }
}

} // namespace

int runEditor(int argc, char** argv)
{
    QApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    QApplication app(argc, argv);
    QApplication::setApplicationName(QStringLiteral("pentimento"));
    QApplication::setApplicationDisplayName(QStringLiteral("Pentimento"));
    QApplication::setApplicationVersion(QStringLiteral(PENTIMENTO_VERSION));
    installTranslations(app);
    QDir().mkpath(configurationFolder());
    AppSettings settings(configurationFolder() + QStringLiteral("/window.ini"));
    applyTheme(app, settings.theme());
    LogHub log(stateFolderPath());
    log.write(InferenceService::Log::Info,
              QStringLiteral("Pentimento %1, Qt %2").arg(QStringLiteral(PENTIMENTO_VERSION), QString::fromLatin1(qVersion())));
    auto inference = std::make_unique<InferenceService>(engineSource(settings.server(), log.sink()));

    const EditorServices services{*inference, settings, log};
    QList<QPointer<MainWindow>> windows;
    const std::function<void(const QString&)> openWindow = [&](const QString& file) {
        auto* window = new MainWindow(services);
        QObject::connect(window, &MainWindow::themeChosen, &app, [&](ThemeChoice choice) {
            settings.setTheme(choice);
            applyTheme(app, choice);
        });
        QObject::connect(window, &MainWindow::windowWanted, &app, openWindow);
        // Several start where the last one was; one behind the other they would look like one.
        const int others =
            int(std::count_if(windows.cbegin(), windows.cend(), [](const auto& other) { return !other.isNull(); }));
        if (others > 0)
            window->setGeometry(window->geometry()
                                    .translated(QPoint(1, 1) * cascade * (others % mostCascaded))
                                    .intersected(window->screen()->availableGeometry().adjusted(0, 0, -8, -8)));
        windows += window;
        window->show();
        if (!file.isEmpty())
            window->openFile(file);
    };
    QStringList files = QApplication::arguments().mid(1);
    if (files.isEmpty())
        files += QString();
    for (const QString& file : files)
        openWindow(file);

    const int status = QApplication::exec();
    settings.flush();
    if (!inference->stop(closingPatience))
        std::_Exit(status);
    return status;
}

} // namespace pentimento
