// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine.h"

#include <chrono>
#include <memory>
#include <string>

namespace pentimento {

struct RemoteOptions {
    std::string address;                   ///< "http://gpu.lan:7833"
    std::string token;                     ///< empty: none is sent
    std::chrono::seconds patience{30};     ///< for a lost connection to come back
    std::chrono::milliseconds pause{1000}; ///< between two tries
    /// Without a word for so long, a connection counts as lost: a server says something at least every 5 s.
    std::chrono::seconds silence{15};
};

/// An engine that lets a `pentimento serve` elsewhere do the work. It talks to the address it was given and to no other.
/// The model and the LoRAs of a request are looked up there by name. Lost connections are made again, and the events go
/// on where they stopped; a sink gets a notice of it. A job that is cancelled here, or given up, is cancelled there.
class RemoteEngine final : public Engine {
public:
    /// Connects to nothing yet. Throws Exception(Usage) for an address that is none.
    explicit RemoteEngine(RemoteOptions options);
    ~RemoteEngine() override;

    Outcome run(const Request& request, EventSink& sink, const CancelToken& cancel) noexcept override;
    /// Whether the server can be reached and has the model; it is loaded there by the first job.
    std::variant<std::monostate, Error, Cancelled> preload(const Request& request, const CancelToken& cancel) noexcept override;
    /// Unsupported: models are verified where they lie.
    std::variant<ModelCheck, Error, Cancelled> verify(const std::filesystem::path& model, const WorkReport& report,
                                                      const CancelToken& cancel) noexcept override;
    EngineInfo info() noexcept override; ///< `device` is the address
    Expected<std::vector<BenchRow>> bench(const BenchRequest& request, const CancelToken& cancel) noexcept override;

private:
    RemoteOptions m_options;
};

} // namespace pentimento
