// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/request.h"
#include "inference/core/json.h"

namespace pentimento {

/// A request as a job that anybody may send to a server: parseJob() makes the same request of it. Models and
/// LoRAs go by name, since paths mean nothing elsewhere. Steps and guidance must be set: a job has other defaults than
/// a model. Throws Exception(Unsupported) for what a job cannot say: a dump.
Json jobJson(const Request& request);

} // namespace pentimento
