// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"

#include <functional>
#include <memory>

namespace pentimento {

inline constexpr int engineAbi = 2;

enum class LogLevel { Debug, Info, Warning, Error };

/// What the engine module gets from the program. The sink may be called from any thread.
struct Host {
    std::function<void(LogLevel, const std::string&)> log;
};

/// Loads the torch module (takes 0.5 s and more: never on the window's thread) and makes its engine. The module is
/// never unloaded. A missing or broken module is an Unsupported error that names the file.
Expected<std::unique_ptr<Engine>> loadEngine(const Host& host);

} // namespace pentimento
