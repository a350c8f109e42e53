// SPDX-License-Identifier: Apache-2.0
#include "app/server/job_routes.h"

#include "app/server/answers.h"
#include "app/server/event_stream.h"
#include "app/server/request_body.h"
#include "inference/core/base64.h"
#include "inference/jobs/job_request.h"

#include <charconv>

namespace pentimento {
namespace {

constexpr const char* jobPattern = R"(/v1/jobs/([0-9a-f]{1,64}))";
const std::string jobsPath = "/v1/jobs";

const char* operationName(Task task)
{
    return task == Task::Inpaint ? "ImageInpaint" : task == Task::Transform ? "ImageTransform" : "ImageGeneration";
}

const char* mimeType(FileFormat format)
{
    return format == FileFormat::Jpeg ? "image/jpeg" : format == FileFormat::WebP ? "image/webp" : "image/png";
}

std::string jobUrl(const std::string& id)
{
    return jobsPath + "/" + id;
}

Json statusJson(const JobStatus& job)
{
    Json json = {{"job_id", job.id},
                 {"state", jobStateName(job.state)},
                 {"operation", operationName(job.task)},
                 {"age", job.age},
                 {"sse_url", jobUrl(job.id) + "/events"}};
    if (job.state == JobState::Queued)
        json["position"] = job.position;
    for (std::size_t i = 0; i < job.pictures; ++i)
        json["images"].push_back(imageUrl(job.id, i));
    if (job.state == JobState::Failed && job.lastEvent)
        json["error"] = {{"code", (*job.lastEvent)["code"]}, {"message", (*job.lastEvent)["message"]}};
    return json;
}

/// The job that a path names; otherwise nothing, and the answer is given.
std::optional<JobStatus> jobOf(const httplib::Request& request, httplib::Response& response, ServerContext& context)
{
    std::optional<JobStatus> job = context.store.find(request.matches[1]);
    if (!job)
        answerError(response, 404,
                    {ErrorCode::BadInput, "there is no job of this id", {}, "finished jobs are forgotten after a while", {}});
    return job;
}

void answerFull(httplib::Response& response, ServerContext& context)
{
    response.set_header("Retry-After", "5");
    if (context.store.stopped())
        return answerError(response, 503, {ErrorCode::Unsupported, "the server is stopping", {}, "try again later", {}});
    answerError(response, 429, {ErrorCode::OutOfMemory, "the queue is full", {}, "try again when jobs are done", {}});
}

void postJob(const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& reader,
             ServerContext& context)
{
    RequestBody body(context.counts);
    if (!body.read(request, response, reader, context.options.limits))
        return;
    try {
        Job job;
        {
            const std::lock_guard lock(context.decoding);
            const Json json = parseJson(body.text(), "the body");
            body.text() = std::string();
            job = parseJob(json, {}, context.rules);
        }
        const std::optional<std::string> id = context.store.add(std::move(job));
        if (!id)
            return answerFull(response, context);
        response.set_header("Location", jobUrl(*id));
        answerJson(response, 202, {{"job_id", *id}, {"sse_url", jobUrl(*id) + "/events"}});
    } catch (const Exception& e) {
        answerError(response, statusOf(e.error().code), context.redactor.redacted(e.error()));
    }
}

void answerResultAsJson(httplib::Response& response, const JobStatus& job)
{
    Json json = *job.lastEvent;
    json.erase("event");
    json["format"] = std::string(mimeType(job.images->format)).substr(6);
    json["images"] = Json::array();
    for (const std::vector<std::uint8_t>& file : job.images->files)
        json["images"].push_back(toBase64(file));
    answerJson(response, 200, json);
}

void answerResult(const httplib::Request& request, httplib::Response& response, const JobStatus& job)
{
    if (job.state != JobState::Done) {
        const bool over = job.state == JobState::Failed || job.state == JobState::Cancelled;
        return answerError(response, 409,
                           {ErrorCode::BadInput,
                            std::string("the job is ") + jobStateName(job.state),
                            {},
                            over ? "send it again" : "ask again when its events say that it is done",
                            {}});
    }
    if (request.get_header_value("Accept").find("application/json") != std::string::npos ||
        request.get_param_value("format") == "json")
        return answerResultAsJson(response, job);
    const std::string text = request.has_param("image") ? request.get_param_value("image") : "1";
    std::size_t image = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), image);
    if (problem != std::errc() || end != text.data() + text.size() || image < 1 || image > job.images->files.size())
        return answerError(response, 404, {ErrorCode::BadInput, "the result has no such picture", "image", "count from 1", {}});
    const std::vector<std::uint8_t>& file = job.images->files[image - 1];
    response.set_content_provider(file.size(), mimeType(job.images->format),
                                  [images = job.images, &file](std::size_t offset, std::size_t length, httplib::DataSink& sink) {
                                      return sink.write(reinterpret_cast<const char*>(file.data()) + offset, length);
                                  });
}

void deleteJob(const httplib::Request& request, httplib::Response& response, ServerContext& context)
{
    const std::optional<JobStatus> before = jobOf(request, response, context);
    if (!before)
        return;
    context.store.cancel(before->id);
    const std::optional<JobStatus> after = context.store.find(before->id);
    answerJson(response, 200, statusJson(after.value_or(*before)));
}

} // namespace

std::string imageUrl(const std::string& id, std::size_t image)
{
    return jobUrl(id) + "/result?image=" + std::to_string(image + 1);
}

void addJobRoutes(httplib::Server& server, ServerContext& context)
{
    using httplib::Request;
    using httplib::Response;
    const std::string job = jobPattern;
    server.Post(jobsPath, [&](const Request& request, Response& response, const httplib::ContentReader& reader) {
        postJob(request, response, reader, context);
    });
    server.Get(jobsPath, [&](const Request&, Response& response) {
        Json jobs = Json::array();
        for (const JobStatus& status : context.store.list())
            jobs.push_back(statusJson(status));
        answerJson(response, 200, {{"jobs", jobs}});
    });
    server.Get(job, [&](const Request& request, Response& response) {
        if (const auto status = jobOf(request, response, context))
            answerJson(response, 200, statusJson(*status));
    });
    server.Delete(job, [&](const Request& request, Response& response) { deleteJob(request, response, context); });
    server.Get(job + "/events", [&](const Request& request, Response& response) {
        if (const auto status = jobOf(request, response, context))
            answerEvents(request, response, *status, context);
    });
    server.Get(job + "/result", [&](const Request& request, Response& response) {
        if (const auto status = jobOf(request, response, context))
            answerResult(request, response, *status);
    });
}

} // namespace pentimento
