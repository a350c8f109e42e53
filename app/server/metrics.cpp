// SPDX-License-Identifier: Apache-2.0
#include "app/server/metrics.h"

#include "inference/core/platform.h"

#include <spdlog/fmt/fmt.h>

namespace pentimento {
namespace {

template <typename Number> std::string metric(const char* name, const char* type, const char* help, Number value)
{
    return fmt::format("# HELP pentimento_{0} {2}\n# TYPE pentimento_{0} {1}\npentimento_{0} {3}\n", name, type, help, value);
}

} // namespace

std::string metricsText(const StoreCounts& jobs, const HttpCounts& http)
{
    std::string text = metric("jobs_queued", "gauge", "Jobs that wait", jobs.queued) +
                       metric("jobs_running", "gauge", "Jobs that run", jobs.running) +
                       metric("jobs_kept", "gauge", "Finished jobs that are kept", jobs.kept) +
                       metric("queue_bytes", "gauge", "Pictures of waiting and running jobs", jobs.queuedBytes) +
                       metric("kept_bytes", "gauge", "Results and events of finished jobs", jobs.keptBytes) +
                       metric("job_seconds_total", "counter", "Time that jobs ran", jobs.workSeconds) +
                       metric("streams", "gauge", "Event streams that are open", http.streams.load()) +
                       metric("upload_bytes", "gauge", "Bodies that are being read", http.uploadBytes.load()) +
                       metric("memory_peak_bytes", "gauge", "The process at its largest", platform::peakMemory());
    text += "# HELP pentimento_jobs_ended_total Jobs that are over\n# TYPE pentimento_jobs_ended_total counter\n";
    for (const JobState state : {JobState::Done, JobState::Failed, JobState::Cancelled}) {
        const auto it = jobs.ended.find(state);
        text += fmt::format("pentimento_jobs_ended_total{{state=\"{}\"}} {}\n", jobStateName(state),
                            it == jobs.ended.end() ? 0 : it->second);
    }
    text += "# HELP pentimento_http_responses_total Answers by kind\n# TYPE pentimento_http_responses_total counter\n";
    for (std::size_t i = 2; i < http.responses.size(); ++i)
        text += fmt::format("pentimento_http_responses_total{{code=\"{}xx\"}} {}\n", i, http.responses[i].load());
    return text;
}

} // namespace pentimento
