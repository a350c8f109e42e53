// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/engine_loader.h"
#include "inference/engine/control_nets.h"

#include <memory>

namespace pentimento {

/// The engine on libtorch. Keeps the last model and its ControlNets loaded.
class TorchEngine : public Engine {
public:
    explicit TorchEngine(const Host& host);
    Outcome run(const Request& request, EventSink& sink, const CancelToken& cancel) noexcept override;
    std::variant<std::monostate, Error, Cancelled> preload(const Request& request, const CancelToken& cancel) noexcept override;
    std::variant<ModelCheck, Error, Cancelled> verify(const std::filesystem::path& model, const WorkReport& report,
                                                      const CancelToken& cancel) noexcept override;
    EngineInfo info() noexcept override;
    Expected<std::vector<BenchRow>> bench(const BenchRequest& request, const CancelToken& cancel) noexcept override;

private:
    const LoadedModel& requireModel(const Request& request, const ForwardContext& context);

    std::shared_ptr<const LoadedModel> m_model;
    ControlNets m_controlNets;
};

} // namespace pentimento
