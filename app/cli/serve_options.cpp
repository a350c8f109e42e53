// SPDX-License-Identifier: Apache-2.0
#include "app/cli/serve_options.h"

#include "app/cli/interrupt.h"
#include "app/server/access.h"
#include "app/server/http_server.h"
#include "inference/api/engine_loader.h"
#include "inference/core/log.h"

#include <cstdio>
#include <thread>

namespace pentimento {
namespace {

using namespace std::chrono_literals;

constexpr auto stopReserve = 15s; ///< for connections to end after the running job has been cancelled

Expected<std::unique_ptr<Engine>> makeEngine()
{
    Host host;
    host.log = logMessage;
    return loadEngine(host);
}

} // namespace

void ServeOptions::add(CLI::App& app)
{
    ServerLimits& limits = server.limits;
    const auto most = [](double value) { return CLI::Range(1.0, value); };
    app.add_option("--host", server.host, "Address to serve at; beyond this machine only with a token");
    app.add_option("--port", server.port, "0: any free one")->check(CLI::Range(0, 65535));
    app.add_option("--token-file", m_tokenFile, "File whose first line clients must send as Authorization: Bearer");
    app.add_option("--cors-origin", server.corsOrigins, "Web page that may use the server, as https://example.org; repeatable")
        ->allow_extra_args(false);
    app.add_option("--max-jobs", limits.queuedJobs, "Jobs that wait")->check(most(1e6));
    app.add_option("--max-queue-mb", m_queueMegabytes, "Memory of their pictures")->check(most(1e6));
    app.add_option("--max-body-mb", m_bodyMegabytes, "Size of one request")->check(most(1024));
    app.add_option("--max-megapixels", m_megapixels, "Size of one picture")->check(most(2048));
    app.add_option("--max-job-seconds", m_jobSeconds, "Time of one job")->check(most(1e8));
    app.add_option("--max-request-seconds", m_requestSeconds, "Time for a request to arrive")->check(most(86400));
    app.add_option("--max-streams", limits.streams, "Event streams open at once")->check(most(4096));
    app.add_option("--keep-seconds", m_keepSeconds, "Finished jobs are kept as long")->check(most(1e8));
    app.add_option("--keep-mb", m_keepMegabytes, "The oldest go when all are larger")->check(most(1e6));
    app.add_option("--stop-seconds", m_stopSeconds, "Time for the running job when the server is stopped")
        ->check(CLI::Range(0, 86400));
    common.add(app);
}

int ServeOptions::run()
{
    const CancelToken stop;
    ServerLimits& limits = server.limits;
    limits.queuedBytes = m_queueMegabytes << 20;
    limits.bodyBytes = m_bodyMegabytes << 20;
    limits.keepBytes = m_keepMegabytes << 20;
    limits.pixels = std::uint64_t{m_megapixels} * 1'000'000;
    limits.jobTime = std::chrono::seconds(m_jobSeconds);
    limits.requestTime = std::chrono::seconds(m_requestSeconds);
    limits.keepTime = std::chrono::seconds(m_keepSeconds);
    limits.stopTime = std::chrono::seconds(m_stopSeconds);
    limits.connections = limits.streams + 128;
    if (!m_tokenFile.empty())
        server.token = readToken(m_tokenFile);
    setUpLog(common.log);

    const InterruptWatch watch(stop, limits.stopTime + stopReserve);
    HttpServer http(server, makeEngine);
    std::printf("http://%s:%d\n",
                server.host.find(':') == std::string::npos ? server.host.c_str() : ("[" + server.host + "]").c_str(),
                http.port());
    std::fflush(stdout);
    while (!stop.cancelled())
        std::this_thread::sleep_for(20ms);
    if (!common.log.quiet)
        printNote("stopping; once more to stop at once");
    http.stop();
    return 0;
}

} // namespace pentimento
