// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/core/json.h"

namespace pentimento {

/// The events of a job as the objects that `--progress json` prints.
Json startedEvent(const std::string& jobId, const Started& started);
Json progressEvent(const std::string& jobId, const Progress& progress);
/// `files`: where the pictures of the result were written.
Json resultEvent(const std::string& jobId, const Result& result, const std::vector<std::string>& files);
Json errorEvent(const std::string& jobId, const Error& error);
Json cancelledEvent(const std::string& jobId);

} // namespace pentimento
