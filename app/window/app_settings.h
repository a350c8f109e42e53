// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/engine_choice.h"
#include "widgets/common/theme.h"
#include "widgets/panels/run_panel.h"

#include <QSettings>
#include <QStringList>

#include <array>
#include <optional>

namespace pentimento {

class MaskPanel;
class ToolOptions;

/// What the window remembers between starts: window.ini in the configuration folder. What window and command line must
/// agree on is not here but in settings.json.
class AppSettings {
public:
    explicit AppSettings(const QString& file);

    QByteArray geometry() const { return bytes("window/geometry"); }
    QByteArray layout() const { return bytes("window/layout"); }
    void setWindow(const QByteArray& geometry, const QByteArray& layout);

    ThemeChoice theme() const;
    void setTheme(ThemeChoice choice);

    QStringList recentFiles() const;
    void removeRecentFile(const QString& path);
    void addRecentFile(const QString& path); ///< newest first, at most ten
    QString lastFolder() const;
    bool lossySaveAgreed() const;
    void setLossySaveAgreed(bool agreed);

    void saveTools(const ToolOptions& tools);
    void restoreTools(ToolOptions& tools) const;

    struct Run {
        QString model;
        EditMode mode = EditMode::Fill;
        QString prompt;
        QString negativePrompt;
        QList<LoraWeight> loras;
        QList<ControlSetting> controls;
        std::optional<quint64> seed;
        std::optional<int> grow;
        std::optional<int> feather;
        std::array<RunOverrides, editModeCount> overrides;
    };
    Run run(); ///< the store counts while it reads lists
    void setRun(const Run& run);

    /// Models outside the search path that the user chose.
    QStringList ownModels() const;
    void addOwnModel(const QString& path);
    void removeOwnModel(const QString& path);
    QString lastModelFolder() const;

    /// Where edits run.
    ServerChoice server() const;
    void setServer(const ServerChoice& server);

    void flush() { m_store.sync(); }

private:
    QByteArray bytes(const char* key) const { return m_store.value(QLatin1String(key)).toByteArray(); }
    QSettings m_store;
};

} // namespace pentimento
