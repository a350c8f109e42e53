// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/job_store.h"

#include <array>
#include <atomic>
#include <string>

namespace pentimento {

/// What the HTTP side counts. Any thread.
struct HttpCounts {
    std::atomic<std::size_t> streams{0};                   ///< open now
    std::atomic<std::size_t> uploadBytes{0};               ///< of bodies that are being read
    std::array<std::atomic<std::uint64_t>, 6> responses{}; ///< by the first digit of the status
};

/// Prometheus' text format, version 0.0.4.
std::string metricsText(const StoreCounts& jobs, const HttpCounts& http);

} // namespace pentimento
