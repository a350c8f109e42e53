// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/inference_service.h"

#include <QObject>
#include <QStringList>

namespace pentimento {

/// The editor's log: a rotating file in the state folder, and the newest lines for the log panel. `write` may be called
/// from any thread; lines come out on the window's thread.
class LogHub : public QObject {
    Q_OBJECT
public:
    explicit LogHub(const QString& folder, QObject* parent = nullptr);
    ~LogHub() override;
    void write(InferenceService::Log level, const QString& text);
    InferenceService::LogSink sink();
    const QStringList& lines() const { return m_lines; } ///< window's thread only
    QString file() const { return m_file; }              ///< empty: the folder cannot be written

Q_SIGNALS:
    void lineAdded(const QString& line);

private:
    QString m_file;
    QStringList m_lines;
};

} // namespace pentimento
