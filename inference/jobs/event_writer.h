// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"
#include "inference/core/json.h"
#include "inference/jobs/job.h"

#include <chrono>
#include <functional>
#include <string>

namespace pentimento {

/// Turns what the engine reports about one job into event objects, and its previews into files where the job asks for
/// them. Lives on the engine's thread.
class EventWriter final : public EventSink {
public:
    using Emit = std::function<void(const Json& event)>;

    /// `emit` and `notice` are called on the engine's thread; what they throw is dropped.
    EventWriter(std::string jobId, const Job& job, Emit emit, std::function<void(const std::string&)> notice);
    void loading(const std::string&) noexcept override {}
    void started(const Started& started) noexcept override;
    void progress(const Progress& progress) noexcept override;
    /// At most five a second, so that a slow client or disk does not slow the work.
    bool wantsPreview() noexcept override;
    void preview(const Preview& preview) noexcept override;
    void notice(const std::string& text) noexcept override;

private:
    std::string m_jobId;
    bool m_previews;
    std::filesystem::path m_previewFolder;
    Emit m_emit;
    std::function<void(const std::string&)> m_notice;
    std::chrono::steady_clock::time_point m_lastPreview{};
};

/// preview-007.png in `folder`; what goes wrong is a notice.
void writePreviewFile(const std::filesystem::path& folder, const Preview& preview, EventSink& sink) noexcept;

} // namespace pentimento
