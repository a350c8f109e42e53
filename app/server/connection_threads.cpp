// SPDX-License-Identifier: Apache-2.0
#include "app/server/connection_threads.h"

namespace pentimento {

void ConnectionThreads::enqueue(std::function<void()> connection)
{
    const std::lock_guard lock(m_mutex);
    m_waiting.push_back(std::move(connection));
    if (m_idle < m_waiting.size() && m_threads.size() < m_limit)
        m_threads.emplace_back([this] { work(); });
    m_changed.notify_one();
}

void ConnectionThreads::shutdown()
{
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_changed.notify_all();
    for (std::thread& thread : m_threads)
        thread.join();
}

void ConnectionThreads::work()
{
    std::unique_lock lock(m_mutex);
    for (;;) {
        ++m_idle;
        m_changed.wait(lock, [this] { return m_stopping || !m_waiting.empty(); });
        --m_idle;
        if (m_waiting.empty())
            return;
        const std::function<void()> connection = std::move(m_waiting.front());
        m_waiting.pop_front();
        lock.unlock();
        connection();
        lock.lock();
    }
}

} // namespace pentimento
