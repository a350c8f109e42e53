// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/remote/event_reader.h"
#include "app/remote/remote_engine.h"
#include "inference/core/json.h"

#include <functional>
#include <string>

namespace pentimento {

/// The code that an event or an answer names; Internal for one that is not known.
ErrorCode errorCodeOf(const std::string& name);

/// Requests to one server. Every call stops with CancelledException soon after the token asks for it.
class RemoteConnection {
public:
    RemoteConnection(const RemoteOptions& options, const CancelToken& cancel) : m_options(options), m_cancel(cancel) {}

    /// The body of an answer. Throws Exception: what the server says is wrong, or Unsupported when it cannot be reached
    /// within the options' patience; `lost` is called before the first new try.
    std::string get(
        const std::string& path, const std::function<void()>& lost = [] {});
    /// Sends a job; its id. Tried once: a job whose answer is lost must not run twice.
    std::string post(const Json& job);
    /// Cancels a job, as well as it can be done.
    void forget(const std::string& id) noexcept;

    /// Hands on every event of a job once, up to the one for which `take` returns false.
    void events(const std::string& id, const std::function<bool(const RemoteEvent&)>& take, const std::function<void()>& lost);

private:
    const RemoteOptions& m_options;
    const CancelToken& m_cancel;
};

} // namespace pentimento
