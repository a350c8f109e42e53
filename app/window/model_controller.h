// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/engine_choice.h"
#include "widgets/dialogs/server_dialog.h"
#include "widgets/panels/notice_bar.h"

#include <QObject>
#include <QPointer>
#include <QString>

#include <functional>

namespace pentimento {

class AppSettings;
class RunPanel;

/// Which models there are and which one is used: finds them, takes one from another place, has the engine load it
/// ahead, and says what can be done about one that does not work.
class ModelController : public QObject {
    Q_OBJECT
public:
    enum class Place { File, Folder };
    using Then = std::function<void()>;

    ModelController(InferenceService& inference, RunPanel& run, NoticeBar& notice, AppSettings& settings,
                    InferenceService::LogSink log, QWidget& window);

    void findAll();                                        ///< in the background; of the server, where one is used
    void chooseServer();                                   ///< asks where edits run
    void choose(Place place, const Then& then = {});       ///< asks where; `then` when the model is in use
    void show(const QString& path);                        ///< lists it, or what is in it, without using it
    void take(const QString& path, const Then& then = {}); ///< refused with a notice, it leaves the former one in use
    void forget(const QString& path);                      ///< it is no longer there
    bool isLoading() const { return m_loading; }

    /// For a notice about the model in use; `then` follows when another one is.
    QList<NoticeBar::Choice> waysOut(const Then& then);

    /// Tests answer in a person's stead; empty: none.
    std::function<QString(Place)> askPlace;
    std::function<QString()> askLora;

Q_SIGNALS:
    void offered(const QString& path); ///< what show() was asked for is in the list
    void changed();                    ///< another model, or loading began or ended

private:
    void useServer(const ServerChoice& server, const QPointer<ServerDialog>& dialog);
    void showModels(const QList<ModelChoice>& models);
    void modelChanged();
    void endLoading(const QString& trouble);

    InferenceService& m_inference;
    RunPanel& m_run;
    NoticeBar& m_notice;
    AppSettings& m_settings;
    InferenceService::LogSink m_log;
    QWidget& m_window;
    bool m_loading = false;
};

} // namespace pentimento
