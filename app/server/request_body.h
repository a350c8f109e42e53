// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/server/server_context.h"

#include <httplib.h>

#include <optional>
#include <string>

namespace pentimento {

/// A body while it is used; gives its share of the upload memory back.
class RequestBody {
public:
    RequestBody(HttpCounts& counts) : m_counts(counts) {}
    ~RequestBody() { m_counts.uploadBytes -= m_reserved; }
    RequestBody(const RequestBody&) = delete;
    RequestBody& operator=(const RequestBody&) = delete;

    /// Reads the whole body within the server's limits of size, time and memory. False when that failed: `response`
    /// then says why (413, 408, 415, 503).
    bool read(const httplib::Request& request, httplib::Response& response, const httplib::ContentReader& reader,
              const ServerLimits& limits);
    std::string& text() { return m_text; }

private:
    HttpCounts& m_counts;
    std::size_t m_reserved = 0;
    std::string m_text;
};

/// What the request says about its body's size; nothing when it does not.
std::optional<std::uint64_t> announcedBytes(const httplib::Request& request);

} // namespace pentimento
