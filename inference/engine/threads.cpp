// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/threads.h"

#include "inference/core/platform.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

namespace pentimento {

void setThreads(int threads)
{
    const int wanted = threads > 0 ? threads : platform::physicalCores();
    if (at::get_num_threads() != wanted)
        at::set_num_threads(wanted);
}

EngineInfo threadFacts()
{
    return {TORCH_VERSION, platform::libraryDefining("sgemm_"), "cpu", at::get_num_threads()};
}

} // namespace pentimento
