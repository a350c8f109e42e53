// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_info.h"
#include "inference/core/json.h"

namespace pentimento {

/// What a model is, without where it lies.
Json modelJson(const ModelInfo& info);

/// What modelJson() told: the facts, how an edit is planned, and what its defaults are. Throws Exception(BadInput).
ModelInfo modelFromJson(const Json& json);

} // namespace pentimento
