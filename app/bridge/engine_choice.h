// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/engine_source.h"
#include "app/bridge/inference_service.h"

#include <variant>

namespace pentimento {

/// Where edits run: on this computer, or on a `pentimento serve` elsewhere.
struct ServerChoice {
    QString address; ///< "http://gpu.lan:7833"; empty: this computer
    QString token;   ///< empty: none is sent
    bool isUsed() const { return !address.isEmpty(); }
};

/// The engine module of this computer or the client of a server. Connects to nothing before it is asked to.
EngineSource engineSource(const ServerChoice& server, InferenceService::LogSink log);

/// The models of a server, or why it cannot be reached. Waits some seconds: off the window's thread.
std::variant<QList<ModelChoice>, ErrorText> findServerModels(const ServerChoice& server);

} // namespace pentimento
