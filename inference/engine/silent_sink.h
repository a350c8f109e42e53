// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"

namespace pentimento {

/// Takes every event and tells nobody.
struct SilentSink : EventSink {
    void loading(const std::string&) noexcept override {}
    void started(const Started&) noexcept override {}
    void progress(const Progress&) noexcept override {}
    bool wantsPreview() noexcept override { return false; }
    void preview(const Preview&) noexcept override {}
    void notice(const std::string&) noexcept override {}
};

} // namespace pentimento
