// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/server_context.h"

#include <httplib.h>

namespace pentimento {

/// Health, models, the job schema and metrics. `context` must live as long as the server.
void addInfoRoutes(httplib::Server& server, ServerContext& context);

} // namespace pentimento
