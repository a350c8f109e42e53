// SPDX-License-Identifier: Apache-2.0
#include "app/cli/interrupt.h"

#include "inference/core/files.h"
#include "inference/core/platform.h"

#include <thread>

namespace pentimento {
namespace {

constexpr int cancelledStatus = 130;
std::atomic<bool> interrupted{false};
std::atomic<bool> watched{false};

void handleInterrupt()
{
    if (interrupted.exchange(true) || !watched) {
        removeTemporaryFiles();
        platform::exitNow(cancelledStatus);
    }
}

} // namespace

struct InterruptWatch::State {
    std::atomic<bool> stop{false};
    std::thread thread;
};

void installInterruptHandler()
{
    platform::onInterrupt(handleInterrupt);
}

InterruptWatch::InterruptWatch(CancelToken token, std::chrono::milliseconds patience) : m_state(std::make_shared<State>())
{
    using namespace std::chrono_literals;
    watched = true;
    m_state->thread = std::thread([state = m_state.get(), token, patience] {
        while (!state->stop && !interrupted)
            std::this_thread::sleep_for(10ms);
        if (state->stop)
            return;
        token.cancel();
        const auto deadline = std::chrono::steady_clock::now() + patience;
        while (std::chrono::steady_clock::now() < deadline && !state->stop)
            std::this_thread::sleep_for(10ms);
        if (!state->stop) {
            removeTemporaryFiles();
            platform::exitNow(cancelledStatus);
        }
    });
}

InterruptWatch::~InterruptWatch()
{
    watched = false;
    m_state->stop = true;
    m_state->thread.join();
}

} // namespace pentimento
