// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pentimento {

/// Sums 2 x multiply-adds of the direct algorithms on this thread while it lives; for bench only. Layers report the
/// shapes they were called with, whatever faster algorithm they use.
class FlopCounter {
public:
    FlopCounter() : m_previous(current) { current = this; }
    ~FlopCounter() { current = m_previous; }
    FlopCounter(const FlopCounter&) = delete;
    FlopCounter& operator=(const FlopCounter&) = delete;
    double flop() const { return m_flop; }
    static void add(double flop)
    {
        if (current)
            current->m_flop += flop;
    }

private:
    static inline thread_local FlopCounter* current = nullptr;
    FlopCounter* m_previous;
    double m_flop = 0;
};

} // namespace pentimento
