// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/support/golden.h"

#include "inference/engine/model_loader.h"

namespace pentimento::testing {

inline std::shared_ptr<const LoadedModel> loadReferenceModel(const std::string& name)
{
    const TemporaryFolder folder;
    return loadModel(referenceModel(name, folder), ForwardContext());
}

} // namespace pentimento::testing
