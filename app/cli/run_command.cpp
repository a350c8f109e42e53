// SPDX-License-Identifier: Apache-2.0
#include "app/cli/run_command.h"

#include "app/cli/batch_progress.h"
#include "app/cli/interrupt.h"
#include "inference/api/engine_loader.h"
#include "inference/core/files.h"
#include "inference/core/log.h"
#include "inference/core/platform.h"
#include "inference/jobs/batch_runner.h"

#include <charconv>
#include <cstdio>
#include <iostream>

namespace pentimento {
namespace {

constexpr int cancelledStatus = 130, someFailedStatus = 7;

Shard parseShard(const std::string& text)
{
    Shard shard;
    if (text.empty())
        return shard;
    const char* const end = text.data() + text.size();
    const auto [slash, first] = std::from_chars(text.data(), end, shard.index);
    const bool divided = first == std::errc() && slash != end && *slash == '/';
    const auto [rest, second] = divided ? std::from_chars(slash + 1, end, shard.count) : std::from_chars_result{end, first};
    if (!divided || second != std::errc() || rest != end || shard.count == 0 || shard.index > shard.count)
        throw Exception(ErrorCode::Usage, "\"" + text + "\" is no share of a batch", "--shard",
                        "give I/N with I from 0 to N - 1, or from 1 to N");
    return shard;
}

Json commonOf(const RunCommand& command)
{
    Json common = command.common;
    if (!command.images.empty() && !command.jobs.empty()) {
        const Json given = parseJson(readTextFile(command.jobs, std::size_t{64} << 20), command.jobs);
        if (!given.is_object())
            throw Exception(ErrorCode::Usage, "beside --images a job file says what all jobs have in common", command.jobs,
                            "write one JSON object");
        common.update(given);
    }
    return common;
}

JobFeed feedOf(const RunCommand& command)
{
    if (!command.images.empty()) {
        if (command.outputDir.empty() && command.result == "files")
            throw Exception(ErrorCode::Usage, "a folder for the results is missing", "--output-dir", "name one");
        return feedFromFolders(command.images, command.masks);
    }
    if (!command.masks.empty())
        throw Exception(ErrorCode::Usage, "masks without pictures", "--masks", "give --images too");
    if (command.jobs.empty())
        throw Exception(ErrorCode::Usage, "there are no jobs", "run", "name a job file, - or --images");
    return command.jobs == "-" ? feedFromLines(std::cin, {}) : feedFromFile(command.jobs);
}

BatchOptions optionsOf(const RunCommand& command)
{
    BatchOptions options;
    options.shard = parseShard(command.shard);
    options.outputDir = command.outputDir;
    options.base64 = command.result == "base64";
    options.overwrite = command.overwrite;
    options.common = commonOf(command);
    if (!options.outputDir.empty() && !options.base64)
        checkWritable(options.outputDir / "x.png");
    return options;
}

void printEvent(const Json& event)
{
    // A text that is no UTF-8 (a file's name) must not end the batch.
    std::printf("%s\n", event.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
    std::fflush(stdout);
}

std::string counts(const BatchTotals& totals)
{
    return std::to_string(totals.failed) + " of " + std::to_string(totals.done + totals.failed + totals.skipped) +
           " jobs failed, the first with: ";
}

} // namespace

int runJobs(const RunCommand& command)
{
    const CancelToken cancel;
    const InterruptWatch watch(cancel);
    if (command.result != "files" && command.result != "base64")
        throw Exception(ErrorCode::Usage, "\"" + command.result + "\" is no value for this", "--result", "give files or base64");
    const BatchOptions options = optionsOf(command);
    const JobFeed feed = feedOf(command);

    BatchProgress progress(command.progress, command.quiet,
                           feed.total ? std::optional(options.shard.share(*feed.total)) : std::nullopt);
    BatchRunner::Host host;
    host.makeEngine = [] {
        Host engineHost;
        engineHost.log = logMessage;
        return loadEngine(engineHost);
    };
    host.event = [&](const Json& event) {
        progress.finish(); // on a terminal both share the line
        printEvent(event);
        progress.take(event);
    };
    host.notice = [&](const std::string& text) { progress.note(text); };
    const BatchTotals totals = BatchRunner(std::move(host), options).run(feed, cancel);
    progress.finish();
    if (totals.cancelled)
        return cancelledStatus;
    if (!totals.firstError)
        return 0;
    if (feed.single)
        throw Exception(*totals.firstError);
    Error error = *totals.firstError;
    error.what = counts(totals) + error.what;
    reportError(error);
    return someFailedStatus;
}

} // namespace pentimento
