// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"

#include <chrono>

namespace pentimento {

/// Installs the Ctrl-C handler (SIGINT, SIGTERM); first thing in main. Until a command watches, Ctrl-C ends the
/// process at once with status 130.
void installInterruptHandler();

/// While it lives, Ctrl-C cancels `token`; what has not stopped after `patience`, or at the second Ctrl-C, is ended:
/// temporary files are removed and the process exits with 130.
class InterruptWatch {
public:
    explicit InterruptWatch(CancelToken token, std::chrono::milliseconds patience = std::chrono::milliseconds(200));
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;

private:
    struct State;
    std::shared_ptr<State> m_state;
};

} // namespace pentimento
