// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace pentimento {

/// How a command shows that it works. Auto: a bar if standard error is a terminal.
enum class ProgressStyle { Auto, Bar, Json, None };

/// Throws Exception(Usage) naming --progress.
ProgressStyle parseProgress(const std::string& name);

} // namespace pentimento
