// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/model_info.h"
#include "inference/core/json.h"

namespace pentimento {

/// The facts about a model of this machine, for scripts and for people.
Json localModelJson(const ModelInfo& info);
void printModel(const ModelInfo& info);

} // namespace pentimento
