// SPDX-License-Identifier: Apache-2.0
#include "inference/api/engine_loader.h"

#include "inference/core/platform.h"

#include <cstdlib>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

#if defined(_WIN32)
constexpr const char* moduleName = "pentimento_torch.dll";
#elif defined(__APPLE__)
constexpr const char* moduleName = "pentimento_torch.dylib";
#else
constexpr const char* moduleName = "pentimento_torch.so";
#endif

fs::path modulePath()
{
    const char* given = std::getenv("PENTIMENTO_MODULE");
    if (given && *given)
        return given;
    const fs::path bin = platform::executablePath().parent_path();
    std::error_code ec;
    for (const fs::path& candidate : {bin / ".." / "lib" / "pentimento" / moduleName, bin / moduleName}) {
        if (fs::exists(candidate, ec))
            return fs::weakly_canonical(candidate);
    }
    return bin / ".." / "lib" / "pentimento" / moduleName;
}

} // namespace

Expected<std::unique_ptr<Engine>> loadEngine(const Host& host)
{
    const fs::path module = modulePath();
    std::string reason;
    using CreateEngine = Engine* (*)(int, const Host&);
    const auto create = reinterpret_cast<CreateEngine>(platform::loadSymbol(module, "pentimento_create_engine", reason));
    if (!create)
        return Error{ErrorCode::Unsupported, "the inference module cannot be loaded", module.string(),
                     "reinstall Pentimento and libtorch", reason};
    std::unique_ptr<Engine> engine(create(engineAbi, host));
    if (!engine)
        return Error{ErrorCode::Unsupported,
                     "the inference module belongs to another version",
                     module.string(),
                     "reinstall Pentimento",
                     {}};
    return engine;
}

} // namespace pentimento
