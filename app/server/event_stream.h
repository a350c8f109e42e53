// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/server_context.h"

#include <httplib.h>

namespace pentimento {

/// Answers with the events of a job as server-sent events, from the one after Last-Event-ID on, until the job is over.
/// 204 when there is nothing left to tell (an EventSource then stops asking), 503 when too many streams are open.
void answerEvents(const httplib::Request& request, httplib::Response& response, const JobStatus& job, ServerContext& context);

} // namespace pentimento
