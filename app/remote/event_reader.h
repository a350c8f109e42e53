// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace pentimento {

/// One event of a stream.
struct RemoteEvent {
    std::uint64_t id = 0; ///< 0: it has none
    std::string name;
    std::string data;
};

/// Takes server-sent events out of bytes that arrive in any pieces.
class EventReader {
public:
    explicit EventReader(std::function<void(const RemoteEvent&)> take) : m_take(std::move(take)) {}
    /// False when an event is larger than any of ours can be: the other side is no Pentimento.
    bool feed(std::string_view bytes);

private:
    void takeLine(std::string_view line);

    std::function<void(const RemoteEvent&)> m_take;
    std::string m_rest; ///< of a line that has not ended
    RemoteEvent m_event;
};

} // namespace pentimento
