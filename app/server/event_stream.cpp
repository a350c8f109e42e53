// SPDX-License-Identifier: Apache-2.0
#include "app/server/event_stream.h"

#include "app/server/answers.h"

#include <charconv>

namespace pentimento {
namespace {

using namespace std::chrono_literals;

constexpr auto keepAlive = 5s; ///< a comment this often, so that a dead client is noticed
constexpr auto patience = 250ms;

std::uint64_t lastEventId(const httplib::Request& request)
{
    const std::string text = request.get_header_value("Last-Event-ID");
    std::uint64_t id = 0;
    std::from_chars(text.data(), text.data() + text.size(), id);
    return id;
}

std::string lines(const LoggedEvent& event)
{
    return "id: " + std::to_string(event.id) + "\nevent: " + event.name + "\ndata: " + event.data + "\n\n";
}

/// What one reader has got.
struct StreamState {
    std::shared_ptr<const EventLog> log;
    std::uint64_t last = 0;
    JobStore::Clock::time_point said = JobStore::Clock::now();
};

/// Sends what is new. False when the client is gone.
bool sendMore(StreamState& state, httplib::DataSink& sink)
{
    const EventLog::Reading reading = state.log->after(state.last, patience);
    std::string text;
    for (const LoggedEvent& event : reading.events) {
        text += lines(event);
        state.last = event.id;
    }
    const auto now = JobStore::Clock::now();
    if (text.empty() && now - state.said >= keepAlive)
        text = ": still here\n\n";
    if (!text.empty()) {
        state.said = now;
        if (!sink.write(text.data(), text.size()))
            return false;
    }
    if (reading.ended)
        sink.done();
    return true;
}

} // namespace

void answerEvents(const httplib::Request& request, httplib::Response& response, const JobStatus& job, ServerContext& context)
{
    auto state = std::make_shared<StreamState>();
    state->log = job.events;
    state->last = lastEventId(request);
    if (const EventLog::Reading now = state->log->after(state->last, 0ms); now.ended && now.events.empty()) {
        response.status = 204;
        return;
    }
    std::atomic<std::size_t>& open = context.counts.streams;
    if (++open > context.options.limits.streams) {
        --open;
        response.set_header("Retry-After", "5");
        return answerError(response, 503,
                           {ErrorCode::Unsupported, "too many event streams are open", {}, "try again in some seconds", {}});
    }
    response.set_header("Cache-Control", "no-store");
    response.set_header("X-Accel-Buffering", "no"); // proxies must not hold events back
    response.set_chunked_content_provider(
        "text/event-stream", [state](std::size_t, httplib::DataSink& sink) { return sendMore(*state, sink); },
        [&open](bool) { --open; });
}

} // namespace pentimento
