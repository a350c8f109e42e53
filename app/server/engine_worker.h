// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/job_store.h"
#include "inference/api/engine.h"

#include <functional>
#include <memory>
#include <string>
#include <thread>

namespace pentimento {

/// The one thread that owns the engine: takes jobs from a store, one at a time, and brings back what became of them.
class EngineWorker {
public:
    struct Host {
        std::function<Expected<std::unique_ptr<Engine>>()> makeEngine; ///< called on the worker's thread, for the first job
        std::function<std::string(const std::string& id, std::size_t image)> imageUrl;
        std::function<Error(Error)> publicError; ///< takes out what nobody outside should read
    };
    /// Begins to work. `store` and what `host` refers to must live longer; a job that runs longer than `limit` fails.
    EngineWorker(JobStore& store, Host host, std::chrono::seconds limit);
    /// Waits for the thread: call store.stop() first.
    ~EngineWorker();
    EngineWorker(const EngineWorker&) = delete;
    EngineWorker& operator=(const EngineWorker&) = delete;

private:
    void work();
    void runOne(const TakenJob& taken);
    Outcome runEngine(const TakenJob& taken);

    JobStore& m_store;
    Host m_host;
    std::chrono::seconds m_limit;
    std::unique_ptr<Engine> m_engine; ///< of the worker's thread
    std::thread m_thread;
};

} // namespace pentimento
