// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/progress_style.h"
#include "inference/core/json.h"

#include <chrono>
#include <optional>
#include <string>

namespace pentimento {

/// One line on a terminal that tells where a batch is and when it will be done, made from the batch's events.
class BatchProgress {
public:
    /// `jobs`: how many there will be, if that is known.
    BatchProgress(ProgressStyle style, bool quiet, std::optional<std::size_t> jobs);
    void take(const Json& event);
    void note(const std::string& text);
    /// Ends the line.
    void finish();

    /// "job 3 of 12, step 4 of 20, 2 min left".
    std::string text() const;

private:
    std::optional<double> secondsLeft() const;

    bool m_shown, m_quiet, m_onLine = false;
    std::optional<std::size_t> m_jobs;
    std::size_t m_begun = 0, m_timed = 0;
    int m_step = 0, m_steps = 0;
    double m_jobSecondsLeft = 0, m_timedSeconds = 0;
    std::chrono::steady_clock::time_point m_jobBegan{};
};

/// "40 s", "12 min", "3 h 20 min".
std::string durationText(double seconds);

} // namespace pentimento
