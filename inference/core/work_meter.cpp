// SPDX-License-Identifier: Apache-2.0
#include "inference/core/work_meter.h"

#include <algorithm>

namespace pentimento {

void WorkMeter::stage(std::string what, double from, double to)
{
    m_what = std::move(what);
    m_from = from;
    m_to = to;
    m_told = {};
    advance(0);
}

void WorkMeter::advance(double fraction)
{
    if (m_cancel.cancelled())
        throw CancelledException{};
    const Clock::time_point now = Clock::now();
    if (!m_report || now - m_told < std::chrono::milliseconds(200))
        return;
    m_told = now;
    const double done = m_from + (m_to - m_from) * std::clamp(fraction, 0.0, 1.0);
    const double seconds = std::chrono::duration<double>(now - m_began).count();
    m_report({m_what, done, done > 0.02 ? seconds * (1 - done) / done : 0});
}

} // namespace pentimento
