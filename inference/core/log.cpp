// SPDX-License-Identifier: Apache-2.0
#include "inference/core/log.h"

namespace pentimento {
namespace {
std::function<void(LogLevel, const std::string&)>& logSink()
{
    static std::function<void(LogLevel, const std::string&)> sink;
    return sink;
}
} // namespace

void setLogSink(std::function<void(LogLevel, const std::string&)> sink)
{
    logSink() = std::move(sink);
}

void logMessage(LogLevel level, const std::string& text) noexcept
{
    if (logSink())
        logSink()(level, text);
}

} // namespace pentimento
