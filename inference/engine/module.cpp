// SPDX-License-Identifier: Apache-2.0
#include "inference/core/log.h"
#include "inference/engine/torch_engine.h"

#if defined(_WIN32)
#define PENTIMENTO_EXPORT __declspec(dllexport)
#else
#define PENTIMENTO_EXPORT __attribute__((visibility("default")))
#endif

/// The module's only symbol. Null when the program was built for another interface.
extern "C" PENTIMENTO_EXPORT pentimento::Engine* pentimento_create_engine(int abi, const pentimento::Host& host)
{
    if (abi != pentimento::engineAbi)
        return nullptr;
    pentimento::setLogSink(host.log);
    return new pentimento::TorchEngine(host);
}
