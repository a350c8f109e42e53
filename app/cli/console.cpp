// SPDX-License-Identifier: Apache-2.0
#include "app/cli/console.h"

#include "inference/core/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <filesystem>

namespace pentimento {

int reportError(const Error& error, bool verbose)
{
    std::fprintf(stderr, "pentimento: error: %s\n", formatError(error).c_str());
    if (verbose && !error.detail.empty())
        std::fprintf(stderr, "%s\n", error.detail.c_str());
    return exitStatus(error.code);
}

void printNote(const std::string& text)
{
    std::fprintf(stderr, "pentimento: note: %s\n", text.c_str());
}

void setUpLog(const LogOptions& options)
{
    std::vector<spdlog::sink_ptr> sinks;
    if (!options.quiet && options.verbosity > 0) {
        auto console = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        console->set_level(options.verbosity > 1 ? spdlog::level::debug : spdlog::level::info);
        sinks.push_back(console);
    }
    if (!options.file.empty()) {
        const std::filesystem::path folder = std::filesystem::path(options.file).parent_path();
        std::error_code ec;
        if (!folder.empty() && !std::filesystem::is_directory(folder, ec)) // spdlog would create it
            throw Exception(ErrorCode::Output, "the folder does not exist", folder.string(), "create it first");
        try {
            sinks.push_back(std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file));
        } catch (const spdlog::spdlog_ex& e) {
            throw Exception(
                Error{ErrorCode::Output, "the log file cannot be written", options.file, "choose another file", e.what()});
        }
    }
    if (sinks.empty())
        return;
    auto logger = std::make_shared<spdlog::logger>("pentimento", sinks.begin(), sinks.end());
    logger->set_level(spdlog::level::debug);
    logger->flush_on(spdlog::level::info);
    // "E", not "error": a line with that word and a colon is the one error line of a failed command.
    logger->set_pattern("%Y-%m-%d %H:%M:%S.%e %L %v");
    setLogSink([logger](LogLevel level, const std::string& text) {
        const spdlog::level::level_enum levels[] = {spdlog::level::debug, spdlog::level::info, spdlog::level::warn,
                                                    spdlog::level::err};
        logger->log(levels[static_cast<int>(level)], text);
    });
}

} // namespace pentimento
