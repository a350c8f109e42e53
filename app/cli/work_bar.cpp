// SPDX-License-Identifier: Apache-2.0
#include "app/cli/work_bar.h"

#include "inference/core/platform.h"

#include <cstdio>

namespace pentimento {

WorkBar::WorkBar(bool quiet) : m_shown(!quiet && platform::isTerminal(stderr)) {}

WorkBar::~WorkBar()
{
    if (m_shown)
        std::fprintf(stderr, "\r\x1b[K");
}

WorkReport WorkBar::report()
{
    if (!m_shown)
        return {};
    return [](const WorkProgress& progress) {
        std::fprintf(stderr, "\r%3.0f %%  %s", 100 * progress.done, progress.what.c_str());
        if (progress.secondsLeft >= 1)
            std::fprintf(stderr, ", %.0f s left", progress.secondsLeft);
        std::fprintf(stderr, "\x1b[K");
        std::fflush(stderr);
    };
}

} // namespace pentimento
