// SPDX-License-Identifier: Apache-2.0
#include "app/remote/remote_engine.h"

#include "app/remote/remote_connection.h"
#include "inference/api/picture_file.h"
#include "inference/core/base64.h"
#include "inference/io/model_name.h"
#include "inference/jobs/job_writer.h"
#include "inference/jobs/model_json.h"

#include <cstring>
#include <new>

namespace pentimento {
namespace {

/// The one place where exceptions end.
template <typename Outcome, typename Work> Outcome guarded(Work work) noexcept
{
    try {
        return work();
    } catch (const CancelledException&) {
        return Cancelled{};
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory, "there is not enough memory for the picture", {}, "close other programs", {}};
    } catch (const std::exception& e) {
        return Error{
            ErrorCode::Internal, "the server's answer cannot be read", {}, "check that both are the same version", e.what()};
    }
}

/// What the server knows of a model: of its default one, when no name is given.
ModelInfo modelOf(RemoteConnection& server, const std::filesystem::path& model)
{
    const Json answer = parseJson(server.get("/v1/models"), "/v1/models");
    const std::string name = model.empty() ? std::string() : modelName(model);
    std::string known;
    for (const Json& json : answer.at("models")) {
        if (name.empty() ? json.value("default", false) : json.value("name", "") == name)
            return modelFromJson(json);
        known += (known.empty() ? "" : ", ") + json.value("name", "");
    }
    throw Exception(ErrorCode::BadInput, "the server has no such model", name, "choose one of: " + known);
}

Image decodedImage(const std::vector<std::uint8_t>& bytes)
{
    return unwrap(readPicture(bytes, "the server's picture")).image;
}

/// Opaque wherever the paste mask touched the picture: there the server's pixels are the result, mixed already.
Image touched(const Image& paste)
{
    ImageBuffer alpha(paste.width, paste.height, 1);
    for (int y = 0; y < paste.height; ++y) {
        for (int x = 0; x < paste.width; ++x)
            alpha.row8(y)[x] = paste.row8(y)[x] > 0 ? 255 : 0;
    }
    return std::move(alpha).share();
}

Image opaque(Size size)
{
    ImageBuffer alpha(size.width, size.height, 1);
    for (int y = 0; y < size.height; ++y)
        std::memset(alpha.row8(y), 255, static_cast<std::size_t>(size.width));
    return std::move(alpha).share();
}

/// Turns a job's events into what an engine reports.
class EventTranslator {
public:
    EventTranslator(const Request& request, const ModelInfo& model, EventSink& sink) : m_sink(sink)
    {
        m_result.plan = planOf(request, model);
    }

    /// False for the last one.
    bool take(const RemoteEvent& event)
    {
        const Json json = parseJson(event.data, "an event of the server");
        if (event.name == "started")
            takeStarted(json);
        else if (event.name == "progress")
            m_sink.progress(
                {json.value("step", 0), json.value("steps", 0), json.value("seconds", 0.0), json.value("seconds_left", 0.0)});
        else if (event.name == "preview")
            takePreview(json);
        m_last = event.name;
        m_lastData = json;
        return event.name != "result" && event.name != "error" && event.name != "cancelled";
    }

    const std::string& last() const { return m_last; }
    const Json& lastData() const { return m_lastData; }
    Result& result() { return m_result; }

private:
    /// Where the picture changes follows from the request: the server plans the same.
    static EditPlan planOf(const Request& request, const ModelInfo& model)
    {
        if (request.task == Task::Inpaint && !request.reference)
            return unwrap(
                planEdit(request.image.size(), request.mask, request.edit, request.mode, request.strength.value_or(1), model));
        return {};
    }

    void takeStarted(const Json& json)
    {
        m_result.model = json.value("model", "");
        m_result.steps = json.value("steps", 0);
        const Size working{json.value("width", 0), json.value("height", 0)};
        if (m_result.plan.crop.empty()) {
            m_result.plan.crop = m_result.plan.painted = {0, 0, working.width, working.height};
            m_result.plan.paste = m_result.plan.denoise = opaque(working);
        }
        m_result.plan.working = working;
        m_sink.started({m_result.model, m_result.plan, m_result.steps, json.value("seed", std::uint64_t{0})});
    }

    void takePreview(const Json& json)
    {
        const std::string url = json.value("image", "");
        const auto bytes = fromBase64(std::string_view(url).substr(url.find(',') + 1));
        const std::vector<int> rect = json.value("rect", std::vector<int>());
        if (bytes && rect.size() == 4 && m_sink.wantsPreview())
            m_sink.preview({json.value("step", 0), {rect[0], rect[1], rect[2], rect[3]}, decodedImage(*bytes)});
    }

    EventSink& m_sink;
    Result m_result;
    std::string m_last;
    Json m_lastData;
};

Patch patchOf(const Request& request, const EditPlan& plan, const Image& picture)
{
    if (request.task != Task::Inpaint || request.reference)
        return {{0, 0, picture.width, picture.height}, picture, opaque(picture.size())};
    if (picture.size() != request.image.size() || picture.channels != request.image.channels ||
        picture.bits != request.image.bits)
        throw Exception(ErrorCode::Internal, "the server's picture is another than was asked for");
    return {plan.crop, copyImage(subImage(picture, plan.crop)).share(), touched(plan.paste)};
}

/// A job on the server, cancelled there unless it came to its end.
class RemoteJob {
public:
    RemoteJob(RemoteConnection& server, const Json& job) : m_server(server), m_id(server.post(job)) {}
    ~RemoteJob() { m_server.forget(m_id); } // forgets a finished one
    RemoteJob(const RemoteJob&) = delete;
    RemoteJob& operator=(const RemoteJob&) = delete;
    const std::string& id() const { return m_id; }

private:
    RemoteConnection& m_server;
    std::string m_id;
};

/// Absent numbers come from the server's model, as they would from one of this machine.
Request completed(const Request& asked, const ModelInfo& model)
{
    Request request = asked;
    const RunDefaults defaults = runDefaults(model, request.mode);
    request.steps = request.steps.value_or(defaults.steps);
    request.guidance = request.guidance.value_or(defaults.guidance);
    if (request.task != Task::Generate)
        request.strength = request.strength.value_or(defaults.strength);
    return request;
}

Outcome runRemotely(RemoteConnection& server, const Request& asked, EventSink& sink)
{
    sink.loading("server");
    const ModelInfo model = modelOf(server, asked.model);
    const Request request = completed(asked, model);
    EventTranslator events(request, model, sink);
    Json json = jobJson(request);
    json["previews"] = true;
    const RemoteJob job(server, json);
    const auto lost = [&] { sink.notice("the connection to the server is lost; trying again"); };
    server.events(
        job.id(), [&](const RemoteEvent& event) { return events.take(event); }, lost);
    const Json& last = events.lastData();
    if (events.last() == "cancelled")
        return Error{ErrorCode::Unsupported, "the server cancelled the job", {}, "start it again", {}};
    if (events.last() == "error")
        return Error{
            errorCodeOf(last.value("code", "")), last.value("message", "the job failed"), {}, {}, last.value("detail", "")};
    Result result = std::move(events.result());
    std::uint64_t seed = last.value("seed", request.seed);
    for (const std::string& path : last.at("images").get<std::vector<std::string>>()) {
        const std::string body = server.get(path, lost);
        result.variants.push_back({patchOf(request, result.plan, decodedImage({body.begin(), body.end()})), seed++});
    }
    result.seconds = last.value("seconds", 0.0);
    result.peakMemory = last.value("peak_memory", std::uint64_t{0});
    return result;
}

} // namespace

RemoteEngine::RemoteEngine(RemoteOptions options) : m_options(std::move(options))
{
    if (!m_options.address.starts_with("http://") && !m_options.address.starts_with("https://"))
        throw Exception(ErrorCode::Usage, "this is no address of a server", m_options.address, "write http://HOST:PORT");
    while (m_options.address.ends_with('/'))
        m_options.address.pop_back();
}

RemoteEngine::~RemoteEngine() = default;

Outcome RemoteEngine::run(const Request& request, EventSink& sink, const CancelToken& cancel) noexcept
{
    return guarded<Outcome>([&]() -> Outcome {
        RemoteConnection server(m_options, cancel);
        return runRemotely(server, request, sink);
    });
}

std::variant<std::monostate, Error, Cancelled> RemoteEngine::preload(const Request& request, const CancelToken& cancel) noexcept
{
    using Loaded = std::variant<std::monostate, Error, Cancelled>;
    return guarded<Loaded>([&]() -> Loaded {
        RemoteConnection server(m_options, cancel);
        modelOf(server, request.model);
        return std::monostate{};
    });
}

std::variant<ModelCheck, Error, Cancelled> RemoteEngine::verify(const std::filesystem::path& model, const WorkReport&,
                                                                const CancelToken&) noexcept
{
    return Error{ErrorCode::Unsupported,
                 "the models of a server are verified on its machine",
                 model.filename().string(),
                 "run pentimento models verify there",
                 {}};
}

EngineInfo RemoteEngine::info() noexcept
{
    return {"", "", m_options.address, 0};
}

Expected<std::vector<BenchRow>> RemoteEngine::bench(const BenchRequest&, const CancelToken&) noexcept
{
    return Error{ErrorCode::Unsupported, "a server is not measured from here", m_options.address, "run bench there", {}};
}

} // namespace pentimento
