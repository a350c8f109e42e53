// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/core/json.h"

namespace pentimento {

/// The events of a job as the objects that `--progress json` and `run` print and that the server streams.
/// `position`: how many jobs go first.
Json queuedEvent(const std::string& jobId, std::size_t position);
Json startedEvent(const std::string& jobId, const Started& started);
Json progressEvent(const std::string& jobId, const Progress& progress);
/// The picture as a JPEG data URL and where in the edited picture it lies. Throws Exception(OutOfMemory).
Json previewEvent(const std::string& jobId, const Preview& preview);
/// `images`: the pictures of the result: files, base64 or URLs.
Json resultEvent(const std::string& jobId, const Result& result, const std::vector<std::string>& images);
/// A job of a batch whose pictures were there already.
Json skippedEvent(const std::string& jobId, const std::vector<std::string>& images);
Json errorEvent(const std::string& jobId, const Error& error);
Json cancelledEvent(const std::string& jobId);

} // namespace pentimento
