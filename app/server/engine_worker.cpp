// SPDX-License-Identifier: Apache-2.0
#include "app/server/engine_worker.h"

#include "inference/core/log.h"
#include "inference/jobs/event_json.h"
#include "inference/jobs/event_writer.h"
#include "inference/jobs/job_result.h"

#include <new>

namespace pentimento {
namespace {

/// Cancels a token when its time is up, unless it is destroyed before.
class Deadline {
public:
    Deadline(CancelToken token, std::chrono::seconds time)
        : m_thread([this, token, time] {
              std::unique_lock lock(m_mutex);
              if (m_changed.wait_for(lock, time, [this] { return m_over; }))
                  return;
              m_passed = true;
              token.cancel();
          })
    {
    }
    ~Deadline() { end(); }
    /// Whether it has passed; it will not any more.
    bool end()
    {
        {
            const std::lock_guard lock(m_mutex);
            m_over = true;
        }
        m_changed.notify_all();
        if (m_thread.joinable())
            m_thread.join();
        return m_passed;
    }

private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    bool m_over = false, m_passed = false;
    std::thread m_thread; // last: it uses the others
};

Error tooLong(std::chrono::seconds limit)
{
    return {ErrorCode::Unsupported,
            "the job took longer than the " + std::to_string(limit.count()) + " s that this server allows",
            {},
            "ask for fewer steps or a smaller size",
            {}};
}

} // namespace

EngineWorker::EngineWorker(JobStore& store, Host host, std::chrono::seconds limit)
    : m_store(store), m_host(std::move(host)), m_limit(limit), m_thread([this] { work(); })
{
}

EngineWorker::~EngineWorker()
{
    m_thread.join();
}

void EngineWorker::work()
{
    while (const std::optional<TakenJob> taken = m_store.take())
        runOne(*taken);
    m_engine.reset();
}

void EngineWorker::runOne(const TakenJob& taken)
{
    Error problem;
    try {
        const Outcome outcome = runEngine(taken);
        if (std::holds_alternative<Cancelled>(outcome)) {
            m_store.finishCancelled(taken.id);
            return;
        }
        if (const Result* result = std::get_if<Result>(&outcome)) {
            JobImages images{taken.job->format, encodeResult(*taken.job, *result)};
            std::vector<std::string> urls;
            for (std::size_t i = 0; i < images.files.size(); ++i)
                urls.push_back(m_host.imageUrl(taken.id, i));
            m_store.finish(taken.id, std::move(images), resultEvent(taken.id, *result, urls));
            return;
        }
        problem = std::get<Error>(outcome);
    } catch (const Exception& e) {
        problem = e.error();
    } catch (const std::bad_alloc&) {
        problem = {ErrorCode::OutOfMemory, "there is not enough memory for the result", {}, "send a smaller picture", {}};
    } catch (const std::exception& e) {
        problem = {ErrorCode::Internal, "the job failed", {}, "look into the server's log", e.what()};
    }
    logWarning("job {} failed: {} {}", taken.id, formatError(problem), problem.detail);
    m_store.fail(taken.id, errorEvent(taken.id, m_host.publicError(problem)));
}

Outcome EngineWorker::runEngine(const TakenJob& taken)
{
    if (!m_engine)
        m_engine = unwrap(m_host.makeEngine());
    EventWriter sink(
        taken.id, *taken.job, [&](const Json& event) { taken.events->append(event); },
        [&](const std::string& text) { logInfo("job {}: {}", taken.id, text); });
    Deadline deadline(taken.cancel, m_limit);
    Outcome outcome = m_engine->run(taken.job->request, sink, taken.cancel);
    if (deadline.end() && std::holds_alternative<Cancelled>(outcome))
        return tooLong(m_limit);
    return outcome;
}

} // namespace pentimento
