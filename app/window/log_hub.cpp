// SPDX-License-Identifier: Apache-2.0
#include "app/window/log_hub.h"

#include <QDir>
#include <QTime>

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/spdlog.h>

namespace pentimento {
namespace {

constexpr std::size_t fileBytes = std::size_t{2} << 20;
constexpr std::size_t fileCount = 3;
constexpr int keptLines = 2000;

spdlog::level::level_enum toSpdlog(InferenceService::Log level)
{
    switch (level) {
    case InferenceService::Log::Debug: return spdlog::level::debug;
    case InferenceService::Log::Info: return spdlog::level::info;
    case InferenceService::Log::Warning: return spdlog::level::warn;
    case InferenceService::Log::Error: return spdlog::level::err;
    }
    return spdlog::level::info;
}

} // namespace

LogHub::LogHub(const QString& folder, QObject* parent) : QObject(parent)
{
    connect(this, &LogHub::lineAdded, this, [this](const QString& line) {
        m_lines += line;
        if (m_lines.size() > keptLines)
            m_lines.removeFirst();
    });
    try {
        QDir().mkpath(folder);
        const QString file = folder + QStringLiteral("/pentimento.log");
        auto logger = spdlog::rotating_logger_mt("editor", file.toStdString(), fileBytes, fileCount);
        logger->flush_on(spdlog::level::info);
        spdlog::set_default_logger(std::move(logger));
        m_file = file;
    } catch (const spdlog::spdlog_ex& e) {
        // A log that cannot be written must not keep anybody from editing a picture.
        spdlog::set_default_logger(std::make_shared<spdlog::logger>("editor"));
        write(InferenceService::Log::Warning, QStringLiteral("no log file: ") + QString::fromUtf8(e.what()));
    }
}

LogHub::~LogHub()
{
    spdlog::shutdown();
}

void LogHub::write(InferenceService::Log level, const QString& text)
{
    spdlog::log(toSpdlog(level), "{}", text.toStdString());
    const QString line = QTime::currentTime().toString(QStringLiteral("HH:mm:ss.zzz ")) + text;
    QMetaObject::invokeMethod(
        this, [this, line] { Q_EMIT lineAdded(line); }, Qt::QueuedConnection);
}

InferenceService::LogSink LogHub::sink()
{
    return [this](InferenceService::Log level, const QString& text) { write(level, text); };
}

} // namespace pentimento
