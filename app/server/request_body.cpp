// SPDX-License-Identifier: Apache-2.0
#include "app/server/request_body.h"

#include "app/server/answers.h"

#include <charconv>

namespace pentimento {
namespace {

/// Too much is still read up to this many times the limit: an answer to somebody who is still sending would get lost.
constexpr std::size_t readAndDropped = 4;
constexpr std::size_t uploadsAtOnce = 8; ///< full-sized ones

enum class Trouble { None, TooLarge, TooSlow, NoRoom };

void answerTrouble(httplib::Response& response, Trouble trouble, const ServerLimits& limits)
{
    switch (trouble) {
    case Trouble::TooLarge:
        return answerError(response, 413,
                           {ErrorCode::BadInput,
                            "the request is too large",
                            {},
                            "send at most " + std::to_string(limits.bodyBytes >> 20) + " MB",
                            {}});
    case Trouble::TooSlow:
        return answerError(response, 408, {ErrorCode::BadInput, "the request came too slowly", {}, "send it again", {}});
    case Trouble::NoRoom:
        response.set_header("Retry-After", "5");
        return answerError(response, 503,
                           {ErrorCode::OutOfMemory, "too much is being sent at once", {}, "try again in some seconds", {}});
    case Trouble::None: break;
    }
    answerError(response, 400, {ErrorCode::BadInput, "the request ended too early", {}, "send it again", {}});
}

} // namespace

std::optional<std::uint64_t> announcedBytes(const httplib::Request& request)
{
    const std::string text = request.get_header_value("Content-Length");
    std::uint64_t bytes = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), bytes);
    const bool whole = problem == std::errc() && end == text.data() + text.size();
    return whole ? std::optional(bytes) : std::nullopt;
}

bool RequestBody::read(const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& reader,
                       const ServerLimits& limits)
{
    if (request.is_multipart_form_data()) {
        answerError(response, 415, {ErrorCode::BadInput, "a form is no job", {}, "send JSON", {}});
        return false;
    }
    if (announcedBytes(request).value_or(0) > limits.bodyBytes * readAndDropped) {
        answerTrouble(response, Trouble::TooLarge, limits);
        return false;
    }
    const auto deadline = JobStore::Clock::now() + limits.requestTime;
    std::size_t total = 0;
    Trouble trouble = Trouble::None;
    const bool whole = reader([&](const char* data, std::size_t bytes) {
        total += bytes;
        if (JobStore::Clock::now() > deadline) {
            trouble = Trouble::TooSlow;
            return false;
        }
        if (total > limits.bodyBytes) {
            trouble = Trouble::TooLarge;
            m_text = std::string();
            return total <= limits.bodyBytes * readAndDropped;
        }
        m_reserved += bytes;
        if ((m_counts.uploadBytes += bytes) > limits.bodyBytes * uploadsAtOnce) {
            trouble = Trouble::NoRoom;
            return false;
        }
        m_text.append(data, bytes);
        return true;
    });
    if (whole && trouble == Trouble::None)
        return true;
    answerTrouble(response, trouble, limits);
    return false;
}

} // namespace pentimento
