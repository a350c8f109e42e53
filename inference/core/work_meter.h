// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/api/work_report.h"

#include <chrono>

namespace pentimento {

/// Turns the stages of a piece of work into progress and time left, and stops it when it is cancelled. One thread.
class WorkMeter {
public:
    WorkMeter(WorkReport report, CancelToken cancel) : m_report(std::move(report)), m_cancel(std::move(cancel)) {}

    /// What follows takes the work from `from` to `to`, both 0..1 of the whole.
    void stage(std::string what, double from, double to);
    /// `fraction` 0..1 of the stage is done. Throws CancelledException.
    void advance(double fraction);

private:
    using Clock = std::chrono::steady_clock;
    WorkReport m_report;
    CancelToken m_cancel;
    std::string m_what;
    double m_from = 0, m_to = 1;
    Clock::time_point m_began = Clock::now(), m_told{};
};

} // namespace pentimento
