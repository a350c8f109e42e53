// SPDX-License-Identifier: Apache-2.0
#include "app/server/job_store.h"

#include "inference/jobs/event_json.h"

#include <algorithm>
#include <random>

namespace pentimento {
namespace {

/// 128 random bits: a job's name is not to be guessed.
std::string newId()
{
    static thread_local std::random_device random;
    constexpr char digits[] = "0123456789abcdef";
    std::string id;
    for (int i = 0; i < 4; ++i) {
        std::uint32_t bits = random();
        for (int k = 0; k < 8; ++k, bits >>= 4)
            id += digits[bits & 15U];
    }
    return id;
}

std::size_t bytesOfImage(const Image& image)
{
    return image.empty() ? 0 : image.stride * static_cast<std::size_t>(image.height);
}

std::size_t bytesOfJob(const Job& job)
{
    std::size_t bytes = bytesOfImage(job.request.image) + bytesOfImage(job.request.mask) + job.request.prompt.size() +
                        job.request.negativePrompt.size() + job.picture.icc.size() + job.picture.exif.size();
    for (const ControlChoice& control : job.request.controls)
        bytes += bytesOfImage(control.image);
    return bytes;
}

std::size_t bytesOfImages(const JobImages* images)
{
    std::size_t bytes = 0;
    for (const std::vector<std::uint8_t>& file : images ? images->files : std::vector<std::vector<std::uint8_t>>())
        bytes += file.size();
    return bytes;
}

bool isOver(JobState state)
{
    return state != JobState::Queued && state != JobState::Running;
}

} // namespace

const char* jobStateName(JobState state)
{
    switch (state) {
    case JobState::Queued: return "queued";
    case JobState::Running: return "running";
    case JobState::Done: return "done";
    case JobState::Failed: return "failed";
    case JobState::Cancelled: return "cancelled";
    }
    return "failed";
}

std::optional<std::string> JobStore::add(Job job)
{
    const std::lock_guard lock(m_mutex);
    forgetOld();
    const std::size_t bytes = bytesOfJob(job);
    if (m_stopped || m_waiting.size() >= m_limits.queuedJobs || bytesOf(false) + bytes > m_limits.queuedBytes)
        return std::nullopt;
    auto entry = std::make_shared<Entry>();
    entry->task = job.request.task;
    entry->job = std::make_shared<const Job>(std::move(job));
    entry->bytes = bytes;
    const std::string id = newId();
    entry->events->append(queuedEvent(id, m_waiting.size() + (m_running.empty() ? 0 : 1)));
    m_entries.emplace(id, std::move(entry));
    m_order.push_back(id);
    m_waiting.push_back(id);
    m_changed.notify_all();
    return id;
}

std::optional<JobStatus> JobStore::find(const std::string& id)
{
    const std::lock_guard lock(m_mutex);
    forgetOld();
    const auto it = m_entries.find(id);
    return it == m_entries.end() ? std::nullopt : std::optional(statusOf(id, *it->second));
}

std::vector<JobStatus> JobStore::list()
{
    const std::lock_guard lock(m_mutex);
    forgetOld();
    std::vector<JobStatus> jobs;
    for (const std::string& id : m_order)
        jobs.push_back(statusOf(id, *m_entries.at(id)));
    return jobs;
}

bool JobStore::cancel(const std::string& id)
{
    const std::lock_guard lock(m_mutex);
    forgetOld();
    const auto it = m_entries.find(id);
    if (it == m_entries.end())
        return false;
    Entry& entry = *it->second;
    if (entry.state == JobState::Running) {
        entry.cancel.cancel();
    } else if (entry.state == JobState::Queued) {
        std::erase(m_waiting, id);
        end(id, entry, JobState::Cancelled, cancelledEvent(id), {});
    } else {
        std::erase(m_order, id);
        m_entries.erase(it);
    }
    return true;
}

std::optional<TakenJob> JobStore::take()
{
    std::unique_lock lock(m_mutex);
    m_changed.wait(lock, [&] { return m_stopped || !m_waiting.empty(); });
    if (m_stopped)
        return std::nullopt;
    m_running = m_waiting.front();
    m_waiting.pop_front();
    Entry& entry = *m_entries.at(m_running);
    entry.state = JobState::Running;
    entry.began = Clock::now();
    return TakenJob{m_running, entry.job, entry.events, entry.cancel};
}

void JobStore::finish(const std::string& id, JobImages images, const Json& resultEvent)
{
    const std::lock_guard lock(m_mutex);
    end(id, *m_entries.at(id), JobState::Done, resultEvent, std::make_shared<const JobImages>(std::move(images)));
}

void JobStore::fail(const std::string& id, const Json& errorEvent)
{
    const std::lock_guard lock(m_mutex);
    end(id, *m_entries.at(id), JobState::Failed, errorEvent, {});
}

void JobStore::finishCancelled(const std::string& id)
{
    const std::lock_guard lock(m_mutex);
    end(id, *m_entries.at(id), JobState::Cancelled, cancelledEvent(id), {});
}

void JobStore::stop()
{
    const std::lock_guard lock(m_mutex);
    m_stopped = true;
    for (const std::string& id : m_waiting)
        end(id, *m_entries.at(id), JobState::Cancelled, cancelledEvent(id), {});
    m_waiting.clear();
    m_changed.notify_all();
}

void JobStore::cancelRunning()
{
    const std::lock_guard lock(m_mutex);
    if (!m_running.empty())
        m_entries.at(m_running)->cancel.cancel();
}

bool JobStore::idle()
{
    const std::lock_guard lock(m_mutex);
    return m_running.empty();
}

bool JobStore::stopped()
{
    const std::lock_guard lock(m_mutex);
    return m_stopped;
}

StoreCounts JobStore::counts()
{
    const std::lock_guard lock(m_mutex);
    forgetOld();
    StoreCounts counts;
    counts.queued = m_waiting.size();
    counts.running = m_running.empty() ? 0 : 1;
    counts.kept = m_entries.size() - counts.queued - counts.running;
    counts.queuedBytes = bytesOf(false);
    counts.keptBytes = bytesOf(true);
    counts.ended = m_ended;
    counts.workSeconds = m_workSeconds;
    return counts;
}

void JobStore::end(const std::string& id, Entry& entry, JobState state, const Json& event,
                   std::shared_ptr<const JobImages> images)
{
    entry.ended = Clock::now();
    if (entry.state == JobState::Running)
        m_workSeconds += std::chrono::duration<double>(entry.ended - entry.began).count();
    entry.state = state;
    entry.job.reset();
    entry.images = std::move(images);
    entry.lastEvent = event;
    entry.events->append(event);
    entry.bytes = bytesOfImages(entry.images.get()) + entry.events->bytes();
    ++m_ended[state];
    if (m_running == id)
        m_running.clear();
    forgetOld();
}

void JobStore::forgetOld()
{
    const Clock::time_point now = Clock::now();
    std::size_t kept = bytesOf(true);
    for (auto it = m_order.begin(); it != m_order.end();) {
        const auto entry = m_entries.find(*it);
        const bool old =
            isOver(entry->second->state) && (now - entry->second->ended > m_limits.keepTime || kept > m_limits.keepBytes);
        if (old) {
            kept -= entry->second->bytes;
            m_entries.erase(entry);
        }
        it = old ? m_order.erase(it) : std::next(it);
    }
}

JobStatus JobStore::statusOf(const std::string& id, const Entry& entry) const
{
    JobStatus status;
    status.id = id;
    status.state = entry.state;
    status.task = entry.task;
    if (entry.state == JobState::Queued)
        status.position = static_cast<std::size_t>(std::find(m_waiting.begin(), m_waiting.end(), id) - m_waiting.begin()) +
                          (m_running.empty() ? 0 : 1);
    status.age = std::chrono::duration<double>(Clock::now() - entry.came).count();
    status.pictures = entry.images ? entry.images->files.size() : 0;
    status.events = entry.events;
    status.images = entry.images;
    status.lastEvent = entry.lastEvent;
    return status;
}

std::size_t JobStore::bytesOf(bool over) const
{
    std::size_t bytes = 0;
    for (const auto& [id, entry] : m_entries)
        bytes += isOver(entry->state) == over ? entry->bytes : 0;
    return bytes;
}

} // namespace pentimento
