// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/event_log.h"
#include "app/server/server_options.h"
#include "inference/api/engine.h"
#include "inference/jobs/job.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>

namespace pentimento {

enum class JobState { Queued, Running, Done, Failed, Cancelled };
const char* jobStateName(JobState state);

/// A finished job's pictures, ready to be sent.
struct JobImages {
    FileFormat format = FileFormat::Png;
    std::vector<std::vector<std::uint8_t>> files;
};

/// What can be told about a job at one moment, by value.
struct JobStatus {
    std::string id;
    JobState state = JobState::Queued;
    Task task = Task::Inpaint;
    std::size_t position = 0;                ///< how many jobs go first, while it waits
    double age = 0;                          ///< seconds since it was sent
    std::size_t pictures = 0;                ///< of its result
    std::shared_ptr<const EventLog> events;  ///< never null
    std::shared_ptr<const JobImages> images; ///< of a done job
    std::optional<Json> lastEvent;           ///< result or error, once it is over
};

/// A job whose turn has come.
struct TakenJob {
    std::string id;
    std::shared_ptr<const Job> job;
    std::shared_ptr<EventLog> events;
    CancelToken cancel;
};

struct StoreCounts {
    std::size_t queued = 0, running = 0, kept = 0, queuedBytes = 0, keptBytes = 0;
    std::map<JobState, std::uint64_t> ended; ///< since the server began
    double workSeconds = 0;                  ///< of all jobs that ran
};

/// All jobs of a server: those that wait, the one that runs, and the finished ones for a while. Any thread.
class JobStore {
public:
    using Clock = std::chrono::steady_clock;
    explicit JobStore(const ServerLimits& limits) : m_limits(limits) {}

    /// Queues a job and logs its first event. Absent when the queue is full or the server stops.
    std::optional<std::string> add(Job job);
    std::optional<JobStatus> find(const std::string& id);
    std::vector<JobStatus> list(); ///< in the order they came
    /// Ends a waiting job at once, asks a running one to stop, forgets a finished one. False: there is none of this id.
    bool cancel(const std::string& id);

    /// For the one who works: the next job, when there is one; nothing once the store is stopped.
    std::optional<TakenJob> take();
    void finish(const std::string& id, JobImages images, const Json& resultEvent);
    void fail(const std::string& id, const Json& errorEvent);
    void finishCancelled(const std::string& id);

    /// Takes no more jobs and cancels those that wait; the running one goes on. take() returns nothing from now on.
    void stop();
    void cancelRunning();
    bool idle(); ///< no job runs
    bool stopped();
    StoreCounts counts();

private:
    struct Entry {
        JobState state = JobState::Queued;
        Task task = Task::Inpaint;
        std::shared_ptr<const Job> job; ///< gone when it is over
        std::shared_ptr<EventLog> events = std::make_shared<EventLog>();
        std::shared_ptr<const JobImages> images;
        std::optional<Json> lastEvent;
        CancelToken cancel;
        std::size_t bytes = 0; ///< of its pictures; of its result when it is over
        Clock::time_point came = Clock::now(), began{}, ended{};
    };
    using Entries = std::map<std::string, std::shared_ptr<Entry>>;

    void end(const std::string& id, Entry& entry, JobState state, const Json& event, std::shared_ptr<const JobImages> images);
    void forgetOld();
    JobStatus statusOf(const std::string& id, const Entry& entry) const;
    std::size_t bytesOf(bool over) const;

    const ServerLimits m_limits;
    mutable std::mutex m_mutex;
    std::condition_variable m_changed;
    Entries m_entries;
    std::deque<std::string> m_order; ///< as they came
    std::deque<std::string> m_waiting;
    std::string m_running;
    bool m_stopped = false;
    std::map<JobState, std::uint64_t> m_ended;
    double m_workSeconds = 0;
};

} // namespace pentimento
