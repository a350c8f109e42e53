// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/common_options.h"
#include "app/cli/run_command.h"

#include <map>

namespace pentimento {

/// Options of `pentimento run`; must live while CLI11 parses.
struct RunOptions {
    RunCommand command;
    CommonOptions common;

    void add(CLI::App& app);
    int run();

private:
    std::string m_progress = "auto";
    std::map<std::string, std::vector<std::string>> m_values; ///< by key of a job
    std::map<std::string, bool> m_flags;
};

} // namespace pentimento
