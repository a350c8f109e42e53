// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine_loader.h"

#include <functional>

namespace pentimento {

/// Where the worker gets its engine from, called once on the worker's thread. The product loads the module; tests
/// give a scripted engine.
struct EngineSource {
    std::function<Expected<std::unique_ptr<Engine>>()> make;
};

} // namespace pentimento
