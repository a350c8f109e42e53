// SPDX-License-Identifier: Apache-2.0
#include "app/server/answers.h"

namespace pentimento {

void answerJson(httplib::Response& response, int status, const Json& json)
{
    response.status = status;
    response.set_content(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", "application/json");
}

void answerError(httplib::Response& response, int status, const Error& error)
{
    answerJson(response, status, {{"error", {{"code", errorCodeName(error.code)}, {"message", formatError(error)}}}});
}

int statusOf(ErrorCode code) noexcept
{
    switch (code) {
    case ErrorCode::Usage:
    case ErrorCode::BadInput:
    case ErrorCode::Unsupported: return 400;
    case ErrorCode::OutOfMemory: return 503;
    case ErrorCode::Output:
    case ErrorCode::Internal: break;
    }
    return 500;
}

} // namespace pentimento
