// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/jobs/job_feed.h"
#include "inference/jobs/job_request.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <set>

namespace pentimento {

/// A share of a batch: job i belongs to it when i and `index` leave the same remainder by `count`. So the shares of one
/// batch hold every job once, whether they are counted from 0 or from 1.
struct Shard {
    std::size_t index = 0;
    std::size_t count = 1;
    bool contains(std::size_t job) const { return job % count == index % count; }
    /// How many of `jobs` are its.
    std::size_t share(std::size_t jobs) const;
};

struct BatchOptions {
    Json common = Json::object();    ///< keys of jobs that do not have them
    std::filesystem::path outputDir; ///< for jobs without output_path
    bool base64 = false;             ///< results in the events, no files
    bool overwrite = false;          ///< do finished jobs again
    Shard shard;
};

struct BatchTotals {
    std::size_t done = 0, skipped = 0, failed = 0;
    std::optional<Error> firstError;
    bool cancelled = false;
};

/// Runs the jobs of a feed one after another on one engine. A job that fails does not stop the others; one whose
/// outputs are all there is skipped, so that a batch that was interrupted goes on where it was.
class BatchRunner {
public:
    struct Host {
        std::function<Expected<std::unique_ptr<Engine>>()> makeEngine; ///< called when the first job needs it
        std::function<void(const Json& event)> event;
        std::function<void(const std::string& text)> notice;
    };
    BatchRunner(Host host, BatchOptions options) : m_host(std::move(host)), m_options(std::move(options)) {}

    /// Throws Exception only for what no job could run with: an engine that cannot be made.
    BatchTotals run(const JobFeed& feed, const CancelToken& cancel);

private:
    enum class Fate { Done, Skipped, Cancelled };
    Fate runOne(FedJob& fed, const JobRules& rules, const CancelToken& cancel);
    void addCommon(Json& object) const;
    void chooseOutput(JobDraft& draft, const FedJob& fed);
    Fate execute(const std::string& id, const Job& job, const CancelToken& cancel);
    Engine& engine();

    Host m_host;
    BatchOptions m_options;
    std::unique_ptr<Engine> m_engine;
    bool m_engineMissing = false;              ///< it could not be made
    std::set<std::filesystem::path> m_outputs; ///< of all jobs so far
};

} // namespace pentimento
