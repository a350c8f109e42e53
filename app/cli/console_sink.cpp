// SPDX-License-Identifier: Apache-2.0
#include "app/cli/console_sink.h"

#include "inference/core/platform.h"
#include "inference/jobs/event_json.h"
#include "inference/jobs/event_writer.h"

#include <cstdio>

namespace pentimento {
namespace {
constexpr const char* jobId = "1"; // one command, one job
}

ConsoleSink::ConsoleSink(ProgressStyle style, std::filesystem::path previewFolder, bool quiet)
    : m_style(style), m_previewFolder(std::move(previewFolder)), m_quiet(quiet)
{
    if (m_style == ProgressStyle::Auto)
        m_style = !quiet && platform::isTerminal(stderr) ? ProgressStyle::Bar : ProgressStyle::None;
}

void ConsoleSink::loading(const std::string& what) noexcept
{
    if (m_style == ProgressStyle::Bar) {
        std::fprintf(stderr, "\rloading %s...\x1b[K", what.c_str());
        std::fflush(stderr);
        m_barShown = true;
    }
}

void ConsoleSink::started(const Started& started) noexcept
{
    if (json())
        printJson(startedEvent(jobId, started).dump());
}

void ConsoleSink::progress(const Progress& progress) noexcept
{
    if (json())
        printJson(progressEvent(jobId, progress).dump());
    if (m_style != ProgressStyle::Bar)
        return;
    constexpr int width = 30;
    const int filled = width * progress.step / std::max(1, progress.steps);
    const std::string bar =
        std::string(static_cast<std::size_t>(filled), '#') + std::string(static_cast<std::size_t>(width - filled), '.');
    std::fprintf(stderr, "\r[%s] step %d of %d, %.0f s left\x1b[K", bar.c_str(), progress.step, progress.steps,
                 progress.secondsLeft);
    std::fflush(stderr);
    m_barShown = true;
}

void ConsoleSink::preview(const Preview& preview) noexcept
{
    if (!m_previewFolder.empty())
        writePreviewFile(m_previewFolder, preview, *this);
}

void ConsoleSink::notice(const std::string& text) noexcept
{
    finish();
    if (!m_quiet)
        printNote(text);
}

void ConsoleSink::finish() noexcept
{
    if (m_barShown)
        std::fprintf(stderr, "\r\x1b[K");
    m_barShown = false;
}

void ConsoleSink::printJson(const std::string& line) noexcept
{
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

} // namespace pentimento
