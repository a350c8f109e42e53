// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace pentimento {

struct LoggedEvent {
    std::uint64_t id = 0; ///< 1, 2, ... per job
    std::string name;     ///< "progress"
    std::string data;     ///< the event object as JSON
};

/// The events of one job, for any number of readers, each at its own place. Every event stays as long as the job does,
/// except previews: only the newest is kept, so that slow readers and late ones cost nothing. Any thread.
class EventLog {
public:
    /// Appends `event`. After result, error or cancelled nothing more is taken.
    void append(const Json& event);

    struct Reading {
        std::vector<LoggedEvent> events;
        bool ended = false; ///< these are the last ones
    };
    /// The events after number `last` (0: all), waiting for one at most `patience`.
    Reading after(std::uint64_t last, std::chrono::milliseconds patience) const;

    std::size_t bytes() const;

private:
    mutable std::mutex m_mutex;
    mutable std::condition_variable m_changed;
    std::vector<LoggedEvent> m_events; ///< ids rise; they have gaps where previews were dropped
    std::uint64_t m_lastId = 0;
    std::size_t m_bytes = 0;
    bool m_ended = false;
};

} // namespace pentimento
