// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/interrupt.h"
#include "inference/api/engine_loader.h"
#include "inference/api/model_info.h"
#include "inference/core/json.h"
#include "inference/core/log.h"

#include <cstdio>

namespace pentimento {
namespace {

std::unique_ptr<Engine> openEngine()
{
    Host host;
    host.log = logMessage;
    return unwrap(loadEngine(host));
}

const char* buildText()
{
#ifdef NDEBUG
    return "release";
#else
    return "with assertions";
#endif
}

} // namespace

int runVersion(bool json)
{
    Json facts = {{"version", PENTIMENTO_VERSION}, {"build", buildText()}, {"compiler", __VERSION__}};
    Host host;
    host.log = logMessage;
    const Expected<std::unique_ptr<Engine>> engine = loadEngine(host);
    if (const auto* loaded = std::get_if<std::unique_ptr<Engine>>(&engine)) {
        const EngineInfo info = (*loaded)->info();
        facts["torch"] = info.torch;
        facts["blas"] = info.blas;
        facts["device"] = info.device;
        facts["threads"] = info.threads;
    } else {
        facts["engine"] = formatError(std::get<Error>(engine));
    }
    if (json) {
        std::printf("%s\n", facts.dump(2).c_str());
        return 0;
    }
    std::printf("Pentimento %s\n", PENTIMENTO_VERSION);
    for (const auto& [key, value] : facts.items()) {
        if (key != "version")
            std::printf("%-9s %s\n", key.c_str(), value.is_string() ? value.get<std::string>().c_str() : value.dump().c_str());
    }
    return 0;
}

int runBench(const std::vector<std::string>& rows, const std::string& arch, int size, int steps, const std::string& model,
             int threads, bool json)
{
    const CancelToken cancel;
    const InterruptWatch watch(cancel);
    BenchRequest request;
    request.rows = rows;
    request.arch = arch;
    request.size = size;
    request.steps = steps;
    request.threads = threads;
    request.model = unwrap(resolveModel(model));
    const std::unique_ptr<Engine> engine = openEngine();
    const std::vector<BenchRow> measured = unwrap(engine->bench(request, cancel));
    const EngineInfo info = engine->info();
    if (json) {
        Json list = Json::array();
        for (const BenchRow& row : measured)
            list.push_back({{"row", row.name},
                            {"seconds", row.seconds},
                            {"gflop", row.gflop},
                            {"times_sgemm", row.timesSgemm},
                            {"gflops", row.seconds > 0 ? row.gflop / row.seconds : 0},
                            {"note", row.note}});
        const Json report = {{"threads", info.threads}, {"blas", info.blas}, {"torch", info.torch}, {"rows", list}};
        std::printf("%s\n", report.dump(2).c_str());
        return 0;
    }
    std::printf("libtorch %s, %d threads, %s\n\n", info.torch.c_str(), info.threads, info.blas.c_str());
    std::printf("%-28s %10s %10s %10s %12s  %s\n", "row", "seconds", "gflop", "gflop/s", "times_sgemm", "note");
    for (const BenchRow& row : measured)
        std::printf("%-28s %10.4f %10.2f %10.1f %12.2f  %s\n", row.name.c_str(), row.seconds, row.gflop,
                    row.seconds > 0 ? row.gflop / row.seconds : 0, row.timesSgemm, row.note.c_str());
    return 0;
}

} // namespace pentimento
