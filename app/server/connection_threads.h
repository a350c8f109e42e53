// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <httplib.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

namespace pentimento {

/// Serves connections on as many threads as there are connections, up to a limit; beyond it they wait. httplib's own
/// pool has a fixed number of threads, which as many open event streams would take from everybody else.
class ConnectionThreads final : public httplib::TaskQueue {
public:
    explicit ConnectionThreads(std::size_t limit) : m_limit(limit) {}
    void enqueue(std::function<void()> connection) override;
    /// Waits until every connection is served.
    void shutdown() override;

private:
    void work();

    const std::size_t m_limit;
    std::mutex m_mutex;
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_waiting;
    std::vector<std::thread> m_threads;
    std::size_t m_idle = 0;
    bool m_stopping = false;
};

} // namespace pentimento
