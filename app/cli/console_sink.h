// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/cli/commands.h"
#include "inference/api/engine.h"

#include <filesystem>

namespace pentimento {

/// Shows a job on the console: a bar on stderr or NDJSON on stdout; writes previews into a folder when asked.
class ConsoleSink : public EventSink {
public:
    ConsoleSink(ProgressStyle style, std::filesystem::path previewFolder, bool quiet);
    void loading(const std::string& what) noexcept override;
    void started(const Started& started) noexcept override;
    void progress(const Progress& progress) noexcept override;
    bool wantsPreview() noexcept override { return !m_previewFolder.empty(); }
    void preview(const Preview& preview) noexcept override;
    void notice(const std::string& text) noexcept override;

    /// Ends the bar's line.
    void finish() noexcept;
    bool json() const { return m_style == ProgressStyle::Json; }
    void printJson(const std::string& line) noexcept;

private:
    ProgressStyle m_style;
    std::filesystem::path m_previewFolder;
    bool m_quiet;
    bool m_barShown = false;
};

} // namespace pentimento
