// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"
#include "inference/core/json.h"

#include <httplib.h>

namespace pentimento {

void answerJson(httplib::Response& response, int status, const Json& json);

/// {"error": {"code": "bad_input", "message": ...}}; the error's texts must be fit for others' eyes.
void answerError(httplib::Response& response, int status, const Error& error);

/// 400 for what the client got wrong, 503 when memory is short, 500 for the rest.
int statusOf(ErrorCode code) noexcept;

} // namespace pentimento
