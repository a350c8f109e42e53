// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace pentimento {

/// How much the server takes on.
struct ServerLimits {
    std::size_t queuedJobs = 100;
    std::size_t queuedBytes = std::size_t{2} << 30; ///< decoded pictures of waiting and running jobs
    std::size_t bodyBytes = std::size_t{64} << 20;  ///< of one request
    std::uint64_t pixels = 64'000'000;              ///< of one picture, and of a working size
    std::chrono::seconds jobTime{3600};             ///< a job that runs longer is ended
    std::chrono::seconds requestTime{60};           ///< for the body of a request to arrive
    std::size_t streams = 64;                       ///< event streams open at once
    std::size_t connections = 192;                  ///< threads, streams included
    std::chrono::seconds keepTime{3600};            ///< finished jobs are forgotten after it,
    std::size_t keepBytes = std::size_t{512} << 20; ///< and the oldest ones when all are larger than this
    std::chrono::seconds stopTime{10};              ///< for the running job to finish when the server is stopped
};

struct ServerOptions {
    std::string host = "127.0.0.1";
    int port = 7833;                      ///< 0: any free one
    std::string token;                    ///< empty: none is asked for; only on the loopback interface
    std::vector<std::string> corsOrigins; ///< web pages that may use the server: "https://example.org"
    ServerLimits limits;
};

} // namespace pentimento
