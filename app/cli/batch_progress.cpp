// SPDX-License-Identifier: Apache-2.0
#include "app/cli/batch_progress.h"

#include "app/cli/console.h"
#include "inference/core/platform.h"

#include <cmath>
#include <cstdio>

namespace pentimento {

BatchProgress::BatchProgress(ProgressStyle style, bool quiet, std::optional<std::size_t> jobs)
    : m_shown(style == ProgressStyle::Bar || (style == ProgressStyle::Auto && !quiet && platform::isTerminal(stderr))),
      m_quiet(quiet), m_jobs(jobs)
{
}

void BatchProgress::take(const Json& event)
{
    const std::string name = event.value("event", "");
    if (name == "queued") {
        ++m_begun;
        m_step = m_steps = 0;
        m_jobBegan = std::chrono::steady_clock::now();
    } else if (name == "started") {
        m_steps = event.value("steps", 0);
    } else if (name == "progress") {
        m_step = event.value("step", 0);
        m_steps = event.value("steps", 0);
        m_jobSecondsLeft = event.value("seconds_left", 0.0);
    } else if (name == "result") {
        ++m_timed; // skipped and refused jobs take no time and say nothing about the others
        m_timedSeconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - m_jobBegan).count();
    } else if (name == "error" && m_jobs != 1) { // of one job alone the command tells
        note("job " + event.value("job_id", "") + " failed: " + event.value("message", ""));
    }
    if (!m_shown)
        return;
    std::fprintf(stderr, "\r%s\x1b[K", text().c_str());
    std::fflush(stderr);
    m_onLine = true;
}

void BatchProgress::note(const std::string& text)
{
    finish();
    if (!m_quiet)
        printNote(text);
}

void BatchProgress::finish()
{
    if (m_onLine)
        std::fprintf(stderr, "\r\x1b[K");
    m_onLine = false;
}

std::string BatchProgress::text() const
{
    std::string line = "job " + std::to_string(m_begun) + (m_jobs ? " of " + std::to_string(*m_jobs) : "");
    if (m_steps > 0)
        line += ", step " + std::to_string(m_step) + " of " + std::to_string(m_steps);
    if (const std::optional<double> left = secondsLeft())
        line += ", " + durationText(*left) + " left";
    return line;
}

std::optional<double> BatchProgress::secondsLeft() const
{
    if (m_step == 0)
        return std::nullopt;
    const auto toCome = static_cast<double>(m_jobs && *m_jobs > m_begun ? *m_jobs - m_begun : 0);
    const double running = std::chrono::duration<double>(std::chrono::steady_clock::now() - m_jobBegan).count();
    const double each = m_timed > 0 ? m_timedSeconds / static_cast<double>(m_timed) : running + m_jobSecondsLeft;
    return m_jobSecondsLeft + toCome * each;
}

std::string durationText(double seconds)
{
    const auto whole = static_cast<long long>(std::llround(std::max(0.0, seconds)));
    if (whole < 100)
        return std::to_string(whole) + " s";
    const long long minutes = (whole + 30) / 60;
    if (minutes < 100)
        return std::to_string(minutes) + " min";
    return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

} // namespace pentimento
