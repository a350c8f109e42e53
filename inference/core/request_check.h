// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/request.h"

namespace pentimento {

/// Ranges and names of everything that needs neither model nor picture. Throws Exception(Usage, or Unsupported for what
/// this version cannot do) whose place is the name that a job has for the value ("clip_skip").
void checkRequestValues(const Request& request);

/// The same, and the pictures that the task needs: Exception(BadInput) without them.
void checkRequest(const Request& request);

} // namespace pentimento
