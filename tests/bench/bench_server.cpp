// SPDX-License-Identifier: Apache-2.0
// What the server costs beside the work itself, and what many clients cost. Real engine, starter model.
#include "app/server/http_server.h"
#include "inference/api/engine_loader.h"
#include "inference/core/base64.h"
#include "inference/core/files.h"
#include "inference/core/platform.h"
#include "inference/jobs/event_writer.h"
#include "inference/jobs/job_request.h"
#include "inference/jobs/job_result.h"

#include <httplib.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <future>

using namespace pentimento;

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point began)
{
    return std::chrono::duration<double>(Clock::now() - began).count();
}

double median(std::vector<double> values)
{
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

double megabytes(std::uint64_t bytes)
{
    return static_cast<double>(bytes) / 1e6;
}

Expected<std::unique_ptr<Engine>> makeEngine()
{
    return loadEngine(Host{[](LogLevel, const std::string&) {}});
}

Json starterJob(const Json& more)
{
    const std::filesystem::path folder = PENTIMENTO_SOURCE_DIR "/resources/models/starter";
    const auto base64 = [&](const char* name) { return toBase64(readBinaryFile(folder / name, 1 << 24)); };
    Json job = {{"init_image", base64("golden_picture.png")}, {"mask_image", base64("golden_mask.png")}, {"mode", "erase"}};
    job.update(more);
    return job;
}

httplib::Client clientOf(const HttpServer& server)
{
    httplib::Client client("127.0.0.1", server.port());
    client.set_read_timeout(600);
    return client;
}

std::string posted(const HttpServer& server, const Json& job)
{
    const auto answer = clientOf(server).Post("/v1/jobs", job.dump(), "application/json");
    if (!answer || answer->status != 202)
        throw std::runtime_error(answer ? answer->body : "no answer to a job");
    return Json::parse(answer->body)["job_id"];
}

std::string streamed(const HttpServer& server, const std::string& id)
{
    const auto stream = clientOf(server).Get("/v1/jobs/" + id + "/events");
    return stream ? stream->body : std::string();
}

/// The plain way: what the command does once its engine is warm.
double plainSeconds(Engine& engine, const Json& json, const std::filesystem::path& file)
{
    const auto began = Clock::now();
    Job job = parseJob(json, {}, {});
    job.files.output = file;
    job.files.overwrite = true;
    EventWriter sink(
        "1", job, [](const Json&) {}, [](const std::string&) {});
    Outcome outcome = engine.run(job.request, sink, CancelToken());
    writeResult(job, std::get<Result>(outcome));
    return secondsSince(began);
}

double servedSeconds(const HttpServer& server, const Json& json)
{
    const auto began = Clock::now();
    const std::string id = posted(server, json);
    streamed(server, id);
    clientOf(server).Get("/v1/jobs/" + id + "/result");
    return secondsSince(began);
}

void benchOverhead(const HttpServer& server, Engine& engine, const char* what, const Json& job, std::size_t pairs)
{
    const std::filesystem::path file = std::filesystem::temp_directory_path() / "bench_server.png";
    plainSeconds(engine, job, file); // these load the model
    servedSeconds(server, job);
    std::vector<double> plain, served, differences;
    for (std::size_t i = 0; i < pairs; ++i) { // in turns, so that both see the same machine
        if (i % 2 == 0)
            plain.push_back(plainSeconds(engine, job, file));
        served.push_back(servedSeconds(server, job));
        if (i % 2 == 1)
            plain.push_back(plainSeconds(engine, job, file));
        differences.push_back(served[i] - plain[i]);
    }
    std::filesystem::remove(file);
    std::printf("overhead, %s: plain %.3f s, served %.3f s (medians of %zu), median difference %.1f ms, %.2f %%\n", what,
                median(plain), median(served), pairs, 1000 * median(differences), 100 * median(differences) / median(plain));
}

void benchClients(const HttpServer& server)
{
    constexpr int clients = 50;
    const Json small = starterJob({{"steps", 1}, {"size", 64}, {"guidance", 1}});
    const std::uint64_t before = platform::peakMemory();
    const auto began = Clock::now();
    const std::string running = posted(server, starterJob({{"steps", 20}, {"size", 256}, {"guidance", 1}}));
    std::vector<std::future<bool>> streams;
    for (int i = 0; i < clients; ++i) {
        streams.push_back(std::async(std::launch::async, [&] {
            const std::string text = streamed(server, posted(server, small));
            // queued, started, one step, result: each once and in this order
            std::size_t at = 0;
            for (const char* part :
                 {"id: 1\nevent: queued\n", "id: 2\nevent: started\n", "id: 3\nevent: progress\n", "id: 4\nevent: result\n"}) {
                const std::size_t found = text.find(part, at);
                if (found == std::string::npos || text.find(part, found + 1) != std::string::npos)
                    return false;
                at = found;
            }
            return true;
        }));
    }
    int whole = 0;
    for (auto& stream : streams)
        whole += stream.get() ? 1 : 0;
    streamed(server, running);
    std::printf("clients: %d of %d streams whole, all served after %.1f s, peak memory %.0f MB before, %.0f MB after\n", whole,
                clients, secondsSince(began), megabytes(before), megabytes(platform::peakMemory()));
}

void benchRefusals(const HttpServer& server)
{
    const std::uint64_t before = platform::peakMemory();
    const auto began = Clock::now();
    int refused = 0;
    for (int i = 0; i < 1000; ++i) {
        const Json bad = starterJob({{"mask_image", "%%%"}});
        const auto answer =
            clientOf(server).Post("/v1/jobs", i % 2 ? bad.dump() : "{" + std::string(100000, ' '), "application/json");
        refused += answer && answer->status == 400 ? 1 : 0;
    }
    std::printf("refusals: %d of 1000 in %.2f s, peak memory grew by %.1f MB\n", refused, secondsSince(began),
                megabytes(platform::peakMemory() - before));
}

} // namespace

int main()
{
    try {
        ServerOptions options;
        options.port = 0;
        HttpServer server(options, makeEngine);
        const auto engine = unwrap(makeEngine());
        benchOverhead(server, *engine, "10 steps of 256 px", starterJob({{"steps", 10}, {"size", 256}, {"guidance", 1}}), 10);
        benchOverhead(server, *engine, "1 step of 64 px", starterJob({{"steps", 1}, {"size", 64}, {"guidance", 1}}), 60);
        benchClients(server);
        benchRefusals(server);
        return 0;
    } catch (const std::exception& e) {
        std::fprintf(stderr, "bench_server: %s\n", e.what());
        return 1;
    }
}
