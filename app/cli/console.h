// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/error.h"

#include <string>

namespace pentimento {

/// Prints "pentimento: error: ..." to stderr (detail only when `verbose`) and returns the exit status.
int reportError(const Error& error, bool verbose = false);

/// One line "pentimento: note: ..." on stderr.
void printNote(const std::string& text);

struct LogOptions {
    int verbosity = 0; ///< 0 warnings, 1 info, 2 debug
    bool quiet = false;
    std::string file;
};
/// Sends this library's messages to stderr and the log file.
void setUpLog(const LogOptions& options);

} // namespace pentimento
