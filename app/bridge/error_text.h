// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include "inference/api/error.h"

namespace pentimento {

/// The engine's error for a person: translated by its code, the engine's own words as details.
ErrorText toErrorText(const Error& error);

} // namespace pentimento
