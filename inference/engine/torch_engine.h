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
    std::variant<std::monostate, Error, Cancelled> preload(const std::filesystem::path& model,
                                                           const CancelToken& cancel) noexcept override;
    EngineInfo info() noexcept override;
    Expected<std::vector<BenchRow>> bench(const BenchRequest& request, const CancelToken& cancel) noexcept override;

private:
    const LoadedModel& requireModel(const std::filesystem::path& path, const std::vector<LoraChoice>& loras,
                                    const ForwardContext& context);

    std::shared_ptr<const LoadedModel> m_model;
    ControlNets m_controlNets;
};

} // namespace pentimento
