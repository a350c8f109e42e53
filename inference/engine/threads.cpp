// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/threads.h"

#include "inference/core/platform.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/version.h>

// The BLAS that libtorch itself calls; its address tells which library it came from.
extern "C" void sgemm_(const char*, const char*, const int*, const int*, const int*, const float*, const float*, const int*,
                       const float*, const int*, const float*, float*, const int*);

namespace pentimento {

void setThreads(int threads)
{
    const int wanted = threads > 0 ? threads : platform::physicalCores();
    if (at::get_num_threads() != wanted)
        at::set_num_threads(wanted);
}

EngineInfo threadFacts()
{
    return {TORCH_VERSION, platform::libraryOf(reinterpret_cast<const void*>(&sgemm_)), "cpu", at::get_num_threads()};
}

} // namespace pentimento
