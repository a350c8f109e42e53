// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/console.h"

#include <CLI/CLI.hpp>

namespace pentimento {

/// Options of every command that works for a while.
struct CommonOptions {
    LogOptions log;
    void add(CLI::App& app)
    {
        app.add_flag("-v,--verbose", log.verbosity, "Say more; twice for debugging");
        app.add_flag("-q,--quiet", log.quiet, "No notes and no progress");
        app.add_option("--log-file", log.file, "Write the log to FILE");
    }
};

} // namespace pentimento
