// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/http_server.h"
#include "inference/core/base64.h"
#include "inference/core/json.h"
#include "inference/engine/fake_engine.h"
#include "tests/support/picture_bytes.h"
#include "tests/support/pictures.h"

#include <httplib.h>

#include <sstream>

namespace pentimento {

/// A job with a small picture and mask; `more` replaces or adds keys.
inline Json jobJson(const Json& more = Json::object(), Size size = {24, 16})
{
    Picture picture, mask;
    picture.image = gradient(size, 3);
    mask.image = rectMask(size, {4, 4, 8, 8});
    Json json = {{"init_image", toBase64(encoded(picture, {}))}, {"mask_image", toBase64(encoded(mask, {}))}};
    json.update(more);
    return json;
}

struct StreamedEvent {
    std::uint64_t id = 0;
    std::string name;
    Json data;
};

/// Reads the text of an event stream; comments are passed over.
inline std::vector<StreamedEvent> streamedEvents(const std::string& text)
{
    std::vector<StreamedEvent> events;
    StreamedEvent event;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("id: "))
            event.id = std::stoull(line.substr(4));
        else if (line.starts_with("event: "))
            event.name = line.substr(7);
        else if (line.starts_with("data: "))
            event.data = Json::parse(line.substr(6));
        else if (line.empty() && !event.name.empty()) {
            events.push_back(event);
            event = {};
        }
    }
    return events;
}

/// An engine that is done at once, or in five steps of this time.
inline FakeScript quickScript(std::chrono::milliseconds stepTime = std::chrono::milliseconds(0))
{
    FakeScript script;
    script.stepTime = stepTime;
    return script;
}

/// A server on the scripted engine, at a free port of this machine.
class JobServer {
public:
    explicit JobServer(FakeScript script = quickScript(), ServerOptions options = {})
        : m_server(withFreePort(std::move(options)),
                   [script]() -> Expected<std::unique_ptr<Engine>> { return std::make_unique<FakeEngine>(script); })
    {
    }

    httplib::Client client() const
    {
        httplib::Client client("127.0.0.1", m_server.port());
        client.set_read_timeout(20);
        return client;
    }
    int port() const { return m_server.port(); }
    void stop() { m_server.stop(); }

    httplib::Result post(const Json& job) const { return client().Post("/v1/jobs", job.dump(), "application/json"); }
    /// The id of a job that is taken.
    std::string posted(const Json& job) const
    {
        const auto answer = post(job);
        if (!answer || answer->status != 202)
            qFatal("the job was not taken: %s", answer ? answer->body.c_str() : "no answer");
        return Json::parse(answer->body)["job_id"];
    }
    /// All events of a job, to its end.
    std::vector<StreamedEvent> events(const std::string& id, std::uint64_t after = 0) const
    {
        httplib::Headers headers;
        if (after > 0)
            headers.emplace("Last-Event-ID", std::to_string(after));
        const auto answer = client().Get("/v1/jobs/" + id + "/events", headers);
        return answer ? streamedEvents(answer->body) : std::vector<StreamedEvent>();
    }
    Json get(const std::string& path) const
    {
        const auto answer = client().Get(path);
        return answer ? Json::parse(answer->body, nullptr, false) : Json();
    }
    int status(const std::string& path) const
    {
        const auto answer = client().Get(path);
        return answer ? answer->status : -1;
    }

private:
    static ServerOptions withFreePort(ServerOptions options)
    {
        options.port = 0;
        return options;
    }
    HttpServer m_server;
};

} // namespace pentimento
