// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine_loader.h"

#include <spdlog/fmt/fmt.h>

#include <functional>
#include <string>
#include <utility>

namespace pentimento {

/// Where this library's messages go. Program and module have one each; the module's is the program's, handed over
/// in Host. Set before any thread starts. Without a sink messages are dropped.
void setLogSink(std::function<void(LogLevel, const std::string&)> sink);
void logMessage(LogLevel level, const std::string& text) noexcept;

template <typename... Args> void logDebug(fmt::format_string<Args...> format, Args&&... args)
{
    logMessage(LogLevel::Debug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args> void logInfo(fmt::format_string<Args...> format, Args&&... args)
{
    logMessage(LogLevel::Info, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args> void logWarning(fmt::format_string<Args...> format, Args&&... args)
{
    logMessage(LogLevel::Warning, fmt::format(format, std::forward<Args>(args)...));
}

} // namespace pentimento
