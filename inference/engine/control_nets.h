// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/engine/model_loader.h"

namespace pentimento {

/// The ControlNets that lie ready beside the model: those of the last run. Of the engine's thread alone.
class ControlNets {
public:
    using Networks = std::vector<std::shared_ptr<const ControlNetModel>>;

    /// Frees what `choices` do not name.
    void keepOnly(const std::vector<ControlChoice>& choices);

    /// One per choice, in their order; frees what they do not name and loads what is not there. Throws Exception(BadInput)
    /// naming file and model for one of another family than `model`, or as openControlNet(); CancelledException.
    Networks require(const std::vector<ControlChoice>& choices, const LoadedModel& model, const ForwardContext& context);

private:
    struct Loaded {
        std::filesystem::path path;
        std::shared_ptr<const ControlNetModel> network;
    };
    std::vector<Loaded> m_loaded;
};

} // namespace pentimento
