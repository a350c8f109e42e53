// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>

namespace pentimento {

/// How far a long piece of work is that makes no picture.
struct WorkProgress {
    std::string what;       ///< "reading diffusion_pytorch_model.safetensors"
    double done = 0;        ///< 0..1
    double secondsLeft = 0; ///< estimate; 0 while nothing can be told
};

/// Called on the thread that works, a few times a second at most. Must return quickly and never throw.
using WorkReport = std::function<void(const WorkProgress&)>;

} // namespace pentimento
