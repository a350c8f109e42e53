// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/job_store.h"
#include "app/server/metrics.h"
#include "app/server/path_redactor.h"
#include "app/server/server_options.h"
#include "inference/jobs/job_draft.h"

#include <mutex>

namespace pentimento {

/// What all requests of a server share.
struct ServerContext {
    explicit ServerContext(const ServerOptions& asked) : options(asked), store(asked.limits)
    {
        rules.network = true;
        rules.maxPixels = asked.limits.pixels;
    }

    const ServerOptions options;
    JobStore store;
    const PathRedactor redactor;
    JobRules rules;
    HttpCounts counts;
    /// Pictures are decoded one job at a time, so that many uploads at once do not multiply their memory.
    std::mutex decoding;
};

} // namespace pentimento
