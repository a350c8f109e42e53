// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/event_writer.h"

#include "inference/core/log.h"
#include "inference/jobs/event_json.h"

#include <cstdio>

namespace pentimento {
namespace {

constexpr std::chrono::milliseconds previewInterval{200};

/// The engine's callbacks must not throw; an event that cannot be made is one less.
template <typename Work> void attempt(Work work) noexcept
{
    try {
        work();
    } catch (const std::exception& e) {
        logMessage(LogLevel::Warning, std::string("an event was lost: ") + e.what());
    }
}

} // namespace

EventWriter::EventWriter(std::string jobId, const Job& job, Emit emit, std::function<void(const std::string&)> notice)
    : m_jobId(std::move(jobId)), m_previews(job.previews || job.request.previewEvery > 0), m_previewFolder(job.files.previewDir),
      m_emit(std::move(emit)), m_notice(std::move(notice))
{
}

void EventWriter::started(const Started& started) noexcept
{
    attempt([&] { m_emit(startedEvent(m_jobId, started)); });
}

void EventWriter::progress(const Progress& progress) noexcept
{
    attempt([&] { m_emit(progressEvent(m_jobId, progress)); });
}

bool EventWriter::wantsPreview() noexcept
{
    if (!m_previewFolder.empty())
        return true;
    return m_previews && std::chrono::steady_clock::now() - m_lastPreview >= previewInterval;
}

void EventWriter::preview(const Preview& preview) noexcept
{
    if (!m_previewFolder.empty())
        writePreviewFile(m_previewFolder, preview, *this);
    const auto now = std::chrono::steady_clock::now();
    if (!m_previews || now - m_lastPreview < previewInterval)
        return;
    m_lastPreview = now;
    attempt([&] { m_emit(previewEvent(m_jobId, preview)); });
}

void EventWriter::notice(const std::string& text) noexcept
{
    attempt([&] { m_notice(text); });
}

void writePreviewFile(const std::filesystem::path& folder, const Preview& preview, EventSink& sink) noexcept
{
    attempt([&] {
        char name[32];
        std::snprintf(name, sizeof name, "preview-%03d.png", preview.step);
        Picture picture;
        picture.image = preview.pixels;
        if (const std::optional<Error> error = writePicture(folder / name, picture, {}))
            sink.notice(formatError(*error));
    });
}

} // namespace pentimento
