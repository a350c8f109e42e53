// SPDX-License-Identifier: Apache-2.0
#include "app/remote/event_reader.h"

#include <charconv>

namespace pentimento {
namespace {
constexpr std::size_t largestEvent = std::size_t{64} << 20;
}

bool EventReader::feed(std::string_view bytes)
{
    while (!bytes.empty()) {
        const std::size_t end = bytes.find('\n');
        m_rest += bytes.substr(0, end);
        if (m_rest.size() + m_event.data.size() > largestEvent)
            return false;
        if (end == std::string_view::npos)
            break;
        const std::string line = std::move(m_rest);
        m_rest.clear();
        takeLine(line.ends_with('\r') ? std::string_view(line).substr(0, line.size() - 1) : std::string_view(line));
        bytes.remove_prefix(end + 1);
    }
    return true;
}

void EventReader::takeLine(std::string_view line)
{
    if (line.empty()) {
        if (!m_event.data.empty())
            m_take(m_event);
        m_event = {};
        return;
    }
    const std::size_t colon = line.find(':');
    const std::string_view field = line.substr(0, colon);
    std::string_view value = colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (field == "id")
        std::from_chars(value.data(), value.data() + value.size(), m_event.id);
    else if (field == "event")
        m_event.name = value;
    else if (field == "data")
        m_event.data += (m_event.data.empty() ? "" : "\n") + std::string(value);
}

} // namespace pentimento
