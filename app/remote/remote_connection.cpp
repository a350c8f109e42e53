// SPDX-License-Identifier: Apache-2.0
#include "app/remote/remote_connection.h"

#include <httplib.h>

#include <atomic>
#include <thread>

namespace pentimento {
namespace {

using namespace std::chrono_literals;

constexpr auto connectTime = 5s;
constexpr auto sendTime = 60s;

httplib::Client clientFor(const RemoteOptions& options)
{
    httplib::Client client(options.address);
    client.set_connection_timeout(connectTime);
    client.set_read_timeout(options.silence);
    client.set_write_timeout(sendTime);
    if (!options.token.empty())
        client.set_bearer_token_auth(options.token);
    return client;
}

/// Ends a client's request as soon as a token asks for it.
class CancelWatch {
public:
    CancelWatch(httplib::Client& client, const CancelToken& cancel)
        : m_thread([this, &client, &cancel] {
              while (!m_over) {
                  if (cancel.cancelled())
                      client.stop(); // again and again: the request may not have begun yet
                  std::this_thread::sleep_for(20ms);
              }
          })
    {
    }
    ~CancelWatch()
    {
        m_over = true;
        m_thread.join();
    }

private:
    std::atomic<bool> m_over{false};
    std::thread m_thread;
};

void throwIfCancelled(const CancelToken& cancel)
{
    if (cancel.cancelled())
        throw CancelledException();
}

Error unreachable(const RemoteOptions& options, const std::string& reason)
{
    return {ErrorCode::Unsupported, "the server cannot be reached", options.address,
            "check its address and that it runs, or work on this machine", reason};
}

/// What a refusal says, as an error of ours.
[[noreturn]] void throwRefusal(const httplib::Response& answer, const RemoteOptions& options)
{
    const Json json = Json::parse(answer.body, nullptr, false);
    Error error{ErrorCode::Unsupported,
                "the server answered " + std::to_string(answer.status),
                options.address,
                "check that it is a Pentimento server",
                {}};
    if (json.is_object() && json.contains("error") && json["error"].is_object()) {
        error.code = errorCodeOf(json["error"].value("code", ""));
        error.what = json["error"].value("message", error.what);
        error.remedy.clear();
    }
    throw Exception(std::move(error));
}

/// Repeats `attempt` (false: the connection was lost) until it is done or patience ends.
template <typename Attempt>
void persist(const RemoteOptions& options, const CancelToken& cancel, const std::function<void()>& lost, Attempt attempt)
{
    auto deadline = std::chrono::steady_clock::now() + options.patience;
    for (bool first = true;; first = false) {
        std::string reason;
        bool progressed = false;
        if (attempt(reason, progressed))
            return;
        throwIfCancelled(cancel);
        if (progressed) // it was there in between
            deadline = std::chrono::steady_clock::now() + options.patience;
        if (std::chrono::steady_clock::now() + options.pause > deadline)
            throw Exception(unreachable(options, reason));
        if (first || progressed)
            lost();
        for (auto waited = 0ms; waited < options.pause; waited += 20ms) {
            throwIfCancelled(cancel);
            std::this_thread::sleep_for(20ms);
        }
    }
}

} // namespace

ErrorCode errorCodeOf(const std::string& name)
{
    for (const ErrorCode code :
         {ErrorCode::Usage, ErrorCode::BadInput, ErrorCode::Unsupported, ErrorCode::OutOfMemory, ErrorCode::Output}) {
        if (name == errorCodeName(code))
            return code;
    }
    return ErrorCode::Internal;
}

std::string RemoteConnection::get(const std::string& path, const std::function<void()>& lost)
{
    std::string body;
    persist(m_options, m_cancel, lost, [&](std::string& reason, bool&) {
        httplib::Client client = clientFor(m_options);
        const CancelWatch watch(client, m_cancel);
        const httplib::Result answer = client.Get(path);
        if (!answer) {
            reason = httplib::to_string(answer.error());
            return false;
        }
        if (answer->status != 200)
            throwRefusal(*answer, m_options);
        body = answer->body;
        return true;
    });
    return body;
}

std::string RemoteConnection::post(const Json& job)
{
    httplib::Client client = clientFor(m_options);
    const CancelWatch watch(client, m_cancel);
    const httplib::Result answer = client.Post("/v1/jobs", job.dump(), "application/json");
    if (answer && answer->status == 202) {
        const Json taken = Json::parse(answer->body, nullptr, false);
        if (taken.is_object() && taken.contains("job_id") && taken["job_id"].is_string())
            return taken["job_id"];
    }
    throwIfCancelled(m_cancel);
    if (answer)
        throwRefusal(*answer, m_options);
    throw Exception(unreachable(m_options, httplib::to_string(answer.error())));
}

void RemoteConnection::forget(const std::string& id) noexcept
{
    try {
        clientFor(m_options).Delete("/v1/jobs/" + id);
    } catch (const std::exception&) {
        // The server's limits end the job.
    }
}

void RemoteConnection::events(const std::string& id, const std::function<bool(const RemoteEvent&)>& take,
                              const std::function<void()>& lost)
{
    std::uint64_t last = 0;
    bool done = false;
    persist(m_options, m_cancel, lost, [&](std::string& reason, bool& progressed) {
        httplib::Client client = clientFor(m_options);
        const CancelWatch watch(client, m_cancel);
        httplib::Headers headers;
        if (last > 0)
            headers.emplace("Last-Event-ID", std::to_string(last));
        int status = 0;
        std::string refusal;
        EventReader reader([&](const RemoteEvent& event) {
            progressed = true;
            if (done || (event.id != 0 && event.id <= last))
                return;
            last = event.id;
            done = !take(event);
        });
        const httplib::Result answer = client.Get(
            "/v1/jobs/" + id + "/events", headers,
            [&](const httplib::Response& response) {
                status = response.status;
                return true;
            },
            [&](const char* data, std::size_t bytes) {
                if (status == 200)
                    return reader.feed({data, bytes}) && !done && !m_cancel.cancelled();
                refusal.append(data, bytes);
                return refusal.size() < 65536;
            });
        if (done)
            return true;
        throwIfCancelled(m_cancel);
        if (status != 0 && status != 200 && status != 503) {
            httplib::Response response;
            response.status = status;
            response.body = refusal;
            throwRefusal(response, m_options);
        }
        reason = answer ? "the stream ended too early" : httplib::to_string(answer.error());
        return false;
    });
}

} // namespace pentimento
