// SPDX-License-Identifier: Apache-2.0
#include "app/server/http_server.h"

#include "app/server/access.h"
#include "app/server/answers.h"
#include "app/server/connection_threads.h"
#include "app/server/engine_worker.h"
#include "app/server/info_routes.h"
#include "app/server/job_routes.h"
#include "app/server/request_body.h"
#include "inference/core/log.h"

#include <new>
#include <thread>

namespace pentimento {
namespace {

using namespace std::chrono_literals;
using Handled = httplib::Server::HandlerResponse;

constexpr auto socketTimeout = 5s; ///< of one read or write
constexpr const char* healthPath = "/v1/health";

constexpr int backlog = 511; ///< connections that wait to be accepted; httplib's 5 lose some of 50 that come at once

/// httplib would let a second server bind the same port, and share its clients at random.
void setSocketOptions(socket_t socket)
{
#ifndef _WIN32
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
#else
    (void)socket;
#endif
}

bool allowedOrigin(const httplib::Request& request, const ServerOptions& options)
{
    const auto& origins = options.corsOrigins;
    return std::find(origins.begin(), origins.end(), request.get_header_value("Origin")) != origins.end();
}

void answerPreflight(httplib::Response& response)
{
    response.status = 204;
    response.set_header("Access-Control-Allow-Methods", "GET, POST, DELETE");
    response.set_header("Access-Control-Allow-Headers", "Authorization, Content-Type, Last-Event-ID");
    response.set_header("Access-Control-Max-Age", "600");
}

/// Who asks, and whether they bring a body where none is read: httplib would keep it in memory.
Handled admit(const httplib::Request& request, httplib::Response& response, const ServerOptions& options)
{
    AccessQuestion question;
    question.authorization = request.get_header_value("Authorization");
    question.host = request.get_header_value("Host");
    question.origin = request.get_header_value("Origin");
    question.open = request.path == healthPath;
    const bool preflight = request.method == "OPTIONS" && allowedOrigin(request, options);
    const Access access = preflight ? Access::Granted : accessOf(question, options);
    if (access == Access::ForeignPage) {
        answerError(response, 403, {ErrorCode::BadInput, "web pages may not use this server", {}, "see --cors-origin", {}});
    } else if (access == Access::NoToken) {
        response.set_header("WWW-Authenticate", "Bearer");
        answerError(response, 401,
                    {ErrorCode::BadInput, "the token is missing or wrong", {}, "send Authorization: Bearer TOKEN", {}});
    } else if (preflight) {
        answerPreflight(response);
    } else if (request.method != "GET" && request.method != "HEAD" && request.method != "POST" && request.method != "DELETE") {
        answerError(response, 405, {ErrorCode::BadInput, "this method is not served", {}, "use GET, POST or DELETE", {}});
    } else if (!(request.method == "POST" && request.path == "/v1/jobs") &&
               (announcedBytes(request).value_or(0) > 0 || request.has_header("Transfer-Encoding"))) {
        answerError(response, 400, {ErrorCode::BadInput, "nothing is read here", {}, "send no body", {}});
    } else {
        return Handled::Unhandled;
    }
    return Handled::Handled;
}

/// What httplib answers on its own gets a body as ours have.
void explain(const httplib::Request&, httplib::Response& response)
{
    if (!response.body.empty())
        return;
    if (response.status == 404)
        answerError(response, 404,
                    {ErrorCode::BadInput, "there is nothing here", {}, "the documentation lists what there is", {}});
    else if (response.status >= 400)
        answerError(response, response.status,
                    {ErrorCode::BadInput, "the request cannot be served", {}, "check how it is written", {}});
}

void explainException(const httplib::Request&, httplib::Response& response, std::exception_ptr exception)
{
    try {
        std::rethrow_exception(exception);
    } catch (const std::bad_alloc&) {
        response.set_header("Retry-After", "5");
        answerError(response, 503, {ErrorCode::OutOfMemory, "there is not enough memory", {}, "try again later", {}});
    } catch (const std::exception& e) {
        logWarning("a request failed: {}", e.what());
        answerError(response, 500, {ErrorCode::Internal, "the request failed", {}, "look into the server's log", {}});
    }
}

} // namespace

class HttpServer::Server {
public:
    Server(const ServerOptions& options, EngineMaker makeEngine) : m_context(options)
    {
        requireToken(options);
        setUp();
        bind(options);
        EngineWorker::Host host;
        host.makeEngine = std::move(makeEngine);
        host.imageUrl = imageUrl;
        host.publicError = [this](const Error& error) { return m_context.redactor.redacted(error); };
        m_worker = std::make_unique<EngineWorker>(m_context.store, std::move(host), options.limits.jobTime);
        m_listener = std::thread([this] { m_ended = !m_http.listen_after_bind(); });
        while (!m_http.is_running() && !m_ended) // stop() does nothing before
            std::this_thread::sleep_for(1ms);
    }

    ~Server() { stop(); }

    void stop()
    {
        if (!m_listener.joinable())
            return;
        m_context.store.stop();
        const auto deadline = JobStore::Clock::now() + m_context.options.limits.stopTime;
        while (!m_context.store.idle() && JobStore::Clock::now() < deadline)
            std::this_thread::sleep_for(20ms);
        m_context.store.cancelRunning();
        m_worker.reset();
        m_http.stop();
        m_listener.join();
    }

    int port() const { return m_port; }

private:
    void setUp()
    {
        const ServerLimits& limits = m_context.options.limits;
        m_http.new_task_queue = [&limits] { return new ConnectionThreads(limits.connections); };
        m_http.set_socket_options([this](socket_t socket) {
            setSocketOptions(socket);
            m_socket = socket;
        });
        m_http.set_tcp_nodelay(true); // events are small and wanted at once
        m_http.set_read_timeout(socketTimeout);
        m_http.set_write_timeout(socketTimeout);
        // One request a connection: an idle one holds no thread, and nothing that was not read becomes the next request.
        m_http.set_keep_alive_max_count(1);
        m_http.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
            return admit(request, response, m_context.options);
        });
        m_http.set_post_routing_handler(
            [this](const httplib::Request& request, httplib::Response& response) { addHeaders(request, response); });
        m_http.set_error_handler(
            [](const httplib::Request& request, httplib::Response& response) { explain(request, response); });
        m_http.set_exception_handler(explainException);
        m_http.set_expect_100_continue_handler([this](const httplib::Request& request, httplib::Response& response) {
            if (announcedBytes(request).value_or(0) <= m_context.options.limits.bodyBytes)
                return 100;
            answerError(response, 413, {ErrorCode::BadInput, "the request is too large", {}, "send less", {}});
            return response.status;
        });
        m_http.set_logger([this](const httplib::Request&, const httplib::Response& response) {
            const auto kind = static_cast<std::size_t>(std::clamp(response.status / 100, 0, 5));
            ++m_context.counts.responses[kind];
        });
        addJobRoutes(m_http, m_context);
        addInfoRoutes(m_http, m_context);
    }

    void addHeaders(const httplib::Request& request, httplib::Response& response) const
    {
        response.set_header("X-Content-Type-Options", "nosniff");
        if (allowedOrigin(request, m_context.options)) {
            response.set_header("Access-Control-Allow-Origin", request.get_header_value("Origin"));
            response.set_header("Vary", "Origin");
        }
    }

    void bind(const ServerOptions& options)
    {
        m_port = options.port == 0 ? m_http.bind_to_any_port(options.host)
                                   : (m_http.bind_to_port(options.host, options.port) ? options.port : -1);
        if (m_port < 0)
            throw Exception(ErrorCode::Output, "the address cannot be had", options.host + ":" + std::to_string(options.port),
                            "another program may use it: choose another --port");
        ::listen(m_socket, backlog); // once more: httplib takes no number
    }

    ServerContext m_context;
    httplib::Server m_http;
    std::unique_ptr<EngineWorker> m_worker;
    std::thread m_listener;
    std::atomic<bool> m_ended{false};
    socket_t m_socket = INVALID_SOCKET; ///< that listens; httplib's
    int m_port = -1;
};

HttpServer::HttpServer(const ServerOptions& options, EngineMaker makeEngine)
    : m_server(std::make_unique<Server>(options, std::move(makeEngine)))
{
}

HttpServer::~HttpServer() = default;

int HttpServer::port() const
{
    return m_server->port();
}

void HttpServer::stop()
{
    m_server->stop();
}

} // namespace pentimento
