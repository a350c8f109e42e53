// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/server_options.h"
#include "inference/api/engine.h"

#include <functional>
#include <memory>

namespace pentimento {

/// The server of `pentimento serve`: HTTP on threads of its own, one engine on one more.
class HttpServer {
public:
    using EngineMaker = std::function<Expected<std::unique_ptr<Engine>>()>; ///< called on the engine's thread

    /// Binds the address and begins to serve. Throws Exception: Usage without a token beyond this machine, Output when
    /// the address cannot be had.
    HttpServer(const ServerOptions& options, EngineMaker makeEngine);
    ~HttpServer(); ///< stop()
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    int port() const; ///< the one really bound

    /// Takes no more jobs, cancels those that wait, gives the running one its time and then cancels it, ends the streams
    /// and waits for all threads.
    void stop();

private:
    class Server;
    std::unique_ptr<Server> m_server;
};

} // namespace pentimento
