// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/remote/remote_engine.h"

#include <vector>

namespace pentimento {

/// The models of a server, its default one first: `path` is the name that a request's `model` takes there. Waits as long
/// as the options' patience. Errors as RemoteEngine's.
Expected<std::vector<ModelInfo>> remoteModels(const RemoteOptions& options) noexcept;

} // namespace pentimento
