// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"

namespace pentimento {

/// Sets libtorch's and the BLAS's threads; 0: all cores of this process. libtorch of some distributions starts with
/// one thread only.
void setThreads(int threads);

/// Version, BLAS library and thread count as really in use.
EngineInfo threadFacts();

} // namespace pentimento
