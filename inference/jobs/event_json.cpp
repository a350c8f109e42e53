// SPDX-License-Identifier: Apache-2.0
#include "inference/jobs/event_json.h"

#include "inference/api/picture_file.h"
#include "inference/core/base64.h"

namespace pentimento {
namespace {

Json event(const char* name, const std::string& jobId)
{
    return {{"event", name}, {"job_id", jobId}};
}

} // namespace

Json queuedEvent(const std::string& jobId, std::size_t position)
{
    Json json = event("queued", jobId);
    json["position"] = position;
    return json;
}

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

Json previewEvent(const std::string& jobId, const Preview& preview)
{
    Picture picture;
    picture.image = preview.pixels;
    WriteOptions options;
    options.format = FileFormat::Jpeg;
    options.quality = 80; // it is gone in a moment
    Json json = event("preview", jobId);
    json["step"] = preview.step;
    json["rect"] = {preview.rect.x, preview.rect.y, preview.rect.width, preview.rect.height};
    json["image"] = "data:image/jpeg;base64," + toBase64(unwrap(encodePicture(picture, options)));
    return json;
}

Json skippedEvent(const std::string& jobId, const std::vector<std::string>& images)
{
    Json json = event("skipped", jobId);
    json["images"] = images;
    return json;
}

Json resultEvent(const std::string& jobId, const Result& result, const std::vector<std::string>& images)
{
    Json json = event("result", jobId);
    json["images"] = images;
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
