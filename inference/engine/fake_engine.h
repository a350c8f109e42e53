// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <thread>

namespace pentimento {

/// What a FakeEngine does with its next runs.
struct FakeScript {
    int steps = 5;
    std::chrono::milliseconds stepTime{5};
    bool previewEveryStep = true;
    bool ignoresCancel = false;                ///< a backend that hangs in a long call
    std::optional<Error> error;                ///< instead of a result
    std::optional<Error> loadError;            ///< of preload()
    std::function<void(const Request&)> asked; ///< by run(), on its thread
};

/// A scripted engine for tests; no part of the product. Its "result" fills the box of the mask with one colour that
/// depends on the seed, opaque where the mask is painted.
class FakeEngine final : public Engine {
public:
    explicit FakeEngine(FakeScript script = {}) : m_script(std::move(script)) {}

    Outcome run(const Request& request, EventSink& sink, const CancelToken& cancel) noexcept override;
    std::variant<std::monostate, Error, Cancelled> preload(const Request& request, const CancelToken& cancel) noexcept override;
    std::variant<ModelCheck, Error, Cancelled> verify(const std::filesystem::path& model, const WorkReport& report,
                                                      const CancelToken& cancel) noexcept override;
    EngineInfo info() noexcept override { return {"none", "none", "fake", 1}; }
    Expected<std::vector<BenchRow>> bench(const BenchRequest&, const CancelToken&) noexcept override
    {
        return std::vector<BenchRow>{};
    }

    /// Colour of the result for a seed, each sample 0..255.
    static std::uint8_t shade(std::uint64_t seed) { return static_cast<std::uint8_t>(40 + seed % 200); }

private:
    FakeScript m_script;
};

} // namespace pentimento
