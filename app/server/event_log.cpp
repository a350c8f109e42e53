// SPDX-License-Identifier: Apache-2.0
#include "app/server/event_log.h"

#include <algorithm>

namespace pentimento {
namespace {

bool endsJob(const std::string& name)
{
    return name == "result" || name == "error" || name == "cancelled";
}

} // namespace

void EventLog::append(const Json& event)
{
    LoggedEvent logged{0, event.at("event"), event.dump(-1, ' ', false, Json::error_handler_t::replace)};
    {
        const std::lock_guard lock(m_mutex);
        if (m_ended)
            return;
        if (logged.name == "preview") {
            const auto old = std::find_if(m_events.rbegin(), m_events.rend(), [](const auto& e) { return e.name == "preview"; });
            if (old != m_events.rend()) {
                m_bytes -= old->data.size();
                m_events.erase(std::next(old).base());
            }
        }
        logged.id = ++m_lastId;
        m_bytes += logged.data.size();
        m_ended = endsJob(logged.name);
        m_events.push_back(std::move(logged));
    }
    m_changed.notify_all();
}

EventLog::Reading EventLog::after(std::uint64_t last, std::chrono::milliseconds patience) const
{
    std::unique_lock lock(m_mutex);
    m_changed.wait_for(lock, patience, [&] { return m_lastId > last || m_ended; });
    const auto first = std::upper_bound(m_events.begin(), m_events.end(), last,
                                        [](std::uint64_t id, const LoggedEvent& e) { return id < e.id; });
    return {{first, m_events.end()}, m_ended};
}

std::size_t EventLog::bytes() const
{
    const std::lock_guard lock(m_mutex);
    return m_bytes;
}

} // namespace pentimento
