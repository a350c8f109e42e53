// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/common_options.h"
#include "app/server/server_options.h"

namespace pentimento {

/// Options of `pentimento serve`; must live while CLI11 parses.
struct ServeOptions {
    ServerOptions server;
    CommonOptions common;

    void add(CLI::App& app);
    /// Serves until Ctrl-C or SIGTERM, then returns 0. Throws Exception when it cannot begin.
    int run();

private:
    std::string m_tokenFile;
    std::size_t m_queueMegabytes = 2048, m_bodyMegabytes = 64, m_keepMegabytes = 512, m_megapixels = 64;
    int m_jobSeconds = 3600, m_requestSeconds = 60, m_keepSeconds = 3600, m_stopSeconds = 10;
};

} // namespace pentimento
