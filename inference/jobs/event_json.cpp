// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/event_json.h"

namespace pentimento {
namespace {

Json event(const char* name, const std::string& jobId)
{
    return {{"event", name}, {"job_id", jobId}};
}

} // namespace

Json startedEvent(const std::string& jobId, const Started& started)
{
    Json json = event("started", jobId);
    json["model"] = started.model;
    json["steps"] = started.steps;
    json["width"] = started.plan.working.width;
    json["height"] = started.plan.working.height;
    json["seed"] = started.seed;
    return json;
}

Json progressEvent(const std::string& jobId, const Progress& progress)
{
    Json json = event("progress", jobId);
    json["step"] = progress.step;
    json["steps"] = progress.steps;
    json["seconds"] = progress.seconds;
    json["seconds_left"] = progress.secondsLeft;
    return json;
}

Json resultEvent(const std::string& jobId, const Result& result, const std::vector<std::string>& files)
{
    Json json = event("result", jobId);
    json["images"] = files;
    json["seed"] = result.variants.empty() ? 0 : result.variants.front().seed;
    json["seconds"] = result.seconds;
    json["peak_memory"] = result.peakMemory;
    json["rim"] = result.plan.rim;
    return json;
}

Json errorEvent(const std::string& jobId, const Error& error)
{
    Json json = event("error", jobId);
    json["code"] = errorCodeName(error.code);
    json["message"] = formatError(error);
    json["detail"] = error.detail;
    return json;
}

Json cancelledEvent(const std::string& jobId)
{
    return event("cancelled", jobId);
}

} // namespace pentimento
