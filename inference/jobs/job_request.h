// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/jobs/job_draft.h"

namespace pentimento {

/// Reads the pictures of a draft and finds its models: what is missing is found now, not when the job's turn comes.
/// Throws Exception naming the JSON path and, where there is one, the file.
Job openJob(JobDraft draft, const JobRules& rules);

/// readJob() and openJob(): the one way from JSON to a Request.
Job parseJob(const Json& object, const std::string& place, const JobRules& rules);

} // namespace pentimento
