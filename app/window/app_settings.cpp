// SPDX-License-Identifier: Apache-2.0
#include "app/window/app_settings.h"

#include "widgets/tools/tool_options.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>

#include <algorithm>

namespace pentimento {
namespace {

constexpr int mostRecent = 10;

template <typename T> std::optional<T> optionalValue(const QSettings& store, const QString& key)
{
    const QVariant value = store.value(key);
    return value.isValid() && !value.toString().isEmpty() ? std::optional<T>(value.value<T>()) : std::nullopt;
}

template <typename T> void setOptional(QSettings& store, const QString& key, const std::optional<T>& value)
{
    if (value)
        store.setValue(key, QVariant::fromValue(*value));
    else
        store.remove(key);
}

QString modeKey(int mode, const char* name)
{
    static const char* const modes[editModeCount] = {"fill", "erase", "refine"};
    return QStringLiteral("run/%1_%2").arg(QLatin1String(modes[mode]), QLatin1String(name));
}

QStringList lookNames() // in the order of ControlLook
{
    return {QStringLiteral("canny"), QStringLiteral("lineart"), QStringLiteral("scribble"), QStringLiteral("inpaint"),
            QStringLiteral("picture")};
}

const QString controlsKey = QStringLiteral("run/controls");

QList<ControlSetting> readControls(QSettings& store)
{
    QList<ControlSetting> controls;
    const int count = store.beginReadArray(controlsKey);
    for (int i = 0; i < count; ++i) {
        store.setArrayIndex(i);
        ControlSetting control;
        control.model = store.value(QStringLiteral("model")).toString();
        control.picture = store.value(QStringLiteral("picture")).toString();
        control.look = ControlLook(std::max<qsizetype>(0, lookNames().indexOf(store.value(QStringLiteral("look")).toString())));
        control.scale = std::clamp(store.value(QStringLiteral("scale"), 1).toDouble(), 0.0, 2.0);
        control.start = std::clamp(store.value(QStringLiteral("start"), 0).toInt(), 0, 99);
        control.end = std::clamp(store.value(QStringLiteral("end"), 100).toInt(), control.start + 1, 100);
        controls += control;
    }
    store.endArray();
    return controls;
}

void writeControls(QSettings& store, const QList<ControlSetting>& controls)
{
    store.remove(controlsKey);
    store.beginWriteArray(controlsKey, int(controls.size()));
    for (int i = 0; i < controls.size(); ++i) {
        const ControlSetting& control = controls[i];
        store.setArrayIndex(i);
        store.setValue(QStringLiteral("model"), control.model);
        store.setValue(QStringLiteral("picture"), control.picture);
        store.setValue(QStringLiteral("look"), lookNames().at(int(control.look)));
        store.setValue(QStringLiteral("scale"), control.scale);
        store.setValue(QStringLiteral("start"), control.start);
        store.setValue(QStringLiteral("end"), control.end);
    }
    store.endArray();
}

} // namespace

AppSettings::AppSettings(const QString& file) : m_store(file, QSettings::IniFormat) {}

void AppSettings::setWindow(const QByteArray& geometry, const QByteArray& layout)
{
    m_store.setValue(QStringLiteral("window/geometry"), geometry);
    m_store.setValue(QStringLiteral("window/layout"), layout);
}

ThemeChoice AppSettings::theme() const
{
    const int stored = m_store.value(QStringLiteral("window/theme"), 0).toInt();
    return static_cast<ThemeChoice>(std::clamp(stored, 0, 2));
}

void AppSettings::setTheme(ThemeChoice choice)
{
    m_store.setValue(QStringLiteral("window/theme"), static_cast<int>(choice));
}

QStringList AppSettings::recentFiles() const
{
    return m_store.value(QStringLiteral("files/recent")).toStringList();
}

void AppSettings::addRecentFile(const QString& path)
{
    QStringList files = recentFiles();
    files.removeAll(path);
    files.prepend(path);
    m_store.setValue(QStringLiteral("files/recent"), QStringList(files.mid(0, mostRecent)));
}

void AppSettings::removeRecentFile(const QString& path)
{
    QStringList files = recentFiles();
    files.removeAll(path);
    m_store.setValue(QStringLiteral("files/recent"), files);
}

QString AppSettings::lastFolder() const
{
    QStringList folders;
    for (const QString& file : recentFiles())
        folders += QFileInfo(file).absolutePath();
    folders += QStandardPaths::writableLocation(QStandardPaths::PicturesLocation);
    const auto there = std::find_if(folders.cbegin(), folders.cend(), [](const QString& path) { return QDir(path).exists(); });
    return there == folders.cend() ? QDir::homePath() : *there;
}

bool AppSettings::lossySaveAgreed() const
{
    return m_store.value(QStringLiteral("files/lossy_save_agreed"), false).toBool();
}

void AppSettings::setLossySaveAgreed(bool agreed)
{
    m_store.setValue(QStringLiteral("files/lossy_save_agreed"), agreed);
}

void AppSettings::saveTools(const ToolOptions& tools)
{
    m_store.setValue(QStringLiteral("brush/size"), tools.size());
    m_store.setValue(QStringLiteral("brush/hardness"), tools.hardness());
    m_store.setValue(QStringLiteral("brush/opacity"), tools.opacity());
    m_store.setValue(QStringLiteral("mask/color"), tools.overlayColor().name());
    m_store.setValue(QStringLiteral("mask/opacity"), tools.overlayOpacity());
}

void AppSettings::restoreTools(ToolOptions& tools) const
{
    tools.setSize(m_store.value(QStringLiteral("brush/size"), tools.size()).toDouble());
    tools.setHardness(m_store.value(QStringLiteral("brush/hardness"), tools.hardness()).toDouble());
    tools.setOpacity(m_store.value(QStringLiteral("brush/opacity"), tools.opacity()).toDouble());
    const QColor color(m_store.value(QStringLiteral("mask/color")).toString());
    tools.setOverlay(color.isValid() ? color : tools.overlayColor(),
                     m_store.value(QStringLiteral("mask/opacity"), tools.overlayOpacity()).toDouble());
}

AppSettings::Run AppSettings::run()
{
    Run run;
    run.model = m_store.value(QStringLiteral("run/model")).toString();
    const int mode = m_store.value(QStringLiteral("run/mode"), 0).toInt();
    run.mode = static_cast<EditMode>(std::clamp(mode, 0, editModeCount - 1));
    run.prompt = m_store.value(QStringLiteral("run/prompt")).toString();
    run.negativePrompt = m_store.value(QStringLiteral("run/negative_prompt")).toString();
    run.seed = optionalValue<quint64>(m_store, QStringLiteral("run/seed"));
    run.grow = optionalValue<int>(m_store, QStringLiteral("run/grow"));
    run.feather = optionalValue<int>(m_store, QStringLiteral("run/feather"));
    for (int i = 0; i < editModeCount; ++i) {
        RunOverrides& own = run.overrides[static_cast<std::size_t>(i)];
        own.steps = optionalValue<int>(m_store, modeKey(i, "steps"));
        own.guidance = optionalValue<double>(m_store, modeKey(i, "guidance"));
        own.strength = optionalValue<double>(m_store, modeKey(i, "strength"));
        own.scheduler = m_store.value(modeKey(i, "scheduler")).toString();
    }
    const QStringList files = m_store.value(QStringLiteral("run/lora_files")).toStringList();
    const QStringList weights = m_store.value(QStringLiteral("run/lora_weights")).toStringList();
    for (qsizetype i = 0; i < std::min(files.size(), weights.size()); ++i)
        run.loras += {files[i], std::clamp(weights[i].toDouble(), -2.0, 2.0)};
    run.controls = readControls(m_store);
    return run;
}

void AppSettings::setRun(const Run& run)
{
    m_store.setValue(QStringLiteral("run/model"), run.model);
    m_store.setValue(QStringLiteral("run/mode"), static_cast<int>(run.mode));
    m_store.setValue(QStringLiteral("run/prompt"), run.prompt);
    m_store.setValue(QStringLiteral("run/negative_prompt"), run.negativePrompt);
    setOptional(m_store, QStringLiteral("run/seed"), run.seed);
    setOptional(m_store, QStringLiteral("run/grow"), run.grow);
    setOptional(m_store, QStringLiteral("run/feather"), run.feather);
    for (int i = 0; i < editModeCount; ++i) {
        const RunOverrides& own = run.overrides[static_cast<std::size_t>(i)];
        setOptional(m_store, modeKey(i, "steps"), own.steps);
        setOptional(m_store, modeKey(i, "guidance"), own.guidance);
        setOptional(m_store, modeKey(i, "strength"), own.strength);
        m_store.setValue(modeKey(i, "scheduler"), own.scheduler);
    }
    QStringList files, weights;
    for (const LoraWeight& lora : run.loras) {
        files += lora.path;
        weights += QString::number(lora.weight);
    }
    m_store.setValue(QStringLiteral("run/lora_files"), files);
    m_store.setValue(QStringLiteral("run/lora_weights"), weights);
    writeControls(m_store, run.controls);
}

ServerChoice AppSettings::server() const
{
    return {m_store.value(QStringLiteral("server/address")).toString(), m_store.value(QStringLiteral("server/token")).toString()};
}

void AppSettings::setServer(const ServerChoice& server)
{
    m_store.setValue(QStringLiteral("server/address"), server.address);
    m_store.setValue(QStringLiteral("server/token"), server.token);
    m_store.sync();
    QFile::setPermissions(m_store.fileName(), QFile::ReadOwner | QFile::WriteOwner); // it may hold the token
}

QStringList AppSettings::ownModels() const
{
    return m_store.value(QStringLiteral("models/own")).toStringList();
}

void AppSettings::addOwnModel(const QString& path)
{
    QStringList paths = ownModels();
    paths.removeAll(path);
    paths.prepend(path);
    m_store.setValue(QStringLiteral("models/own"), QStringList(paths.mid(0, mostRecent)));
}

void AppSettings::removeOwnModel(const QString& path)
{
    QStringList paths = ownModels();
    if (paths.removeAll(path))
        m_store.setValue(QStringLiteral("models/own"), paths);
}

QString AppSettings::lastModelFolder() const
{
    const QStringList paths = ownModels();
    return paths.isEmpty() ? QDir::homePath() : QFileInfo(paths.first()).absolutePath();
}

} // namespace pentimento
