// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <mutex>
#include <optional>
#include <utility>

namespace pentimento {

/// Holds the latest frame only: a slow reader misses frames but never falls behind. Any thread.
template <typename Frame> class FrameMailbox {
public:
    /// True when the mailbox was empty, so that the reader must be woken; one wake-up is under way otherwise.
    bool put(Frame frame)
    {
        const std::lock_guard lock(m_mutex);
        const bool wasEmpty = !m_frame.has_value();
        m_frame = std::move(frame);
        return wasEmpty;
    }
    std::optional<Frame> take()
    {
        const std::lock_guard lock(m_mutex);
        return std::exchange(m_frame, std::nullopt);
    }
    bool isEmpty() const
    {
        const std::lock_guard lock(m_mutex);
        return !m_frame.has_value();
    }

private:
    mutable std::mutex m_mutex;
    std::optional<Frame> m_frame;
};

} // namespace pentimento
