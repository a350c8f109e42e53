// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/server_context.h"

#include <httplib.h>

#include <string>

namespace pentimento {

/// /v1/jobs and what lies below it. `context` must live as long as the server.
void addJobRoutes(httplib::Server& server, ServerContext& context);

/// Where picture `image` (from 0) of a job's result is.
std::string imageUrl(const std::string& id, std::size_t image);

} // namespace pentimento
