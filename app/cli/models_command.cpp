// SPDX-License-Identifier: Apache-2.0
#include "app/cli/commands.h"
#include "app/cli/control_net_facts.h"
#include "app/cli/model_text.h"
#include "inference/api/model_info.h"
#include "inference/jobs/model_json.h"

#include <algorithm>
#include <cstdio>

namespace pentimento {
namespace {

const char* kindText(const ModelInfo& info)
{
    return info.inpaintModel()        ? "inpainting (9 channels)"
           : info.unetInChannels == 4 ? "base (4 channels, inpaints by blending)"
                                      : "other";
}

} // namespace

Json localModelJson(const ModelInfo& info)
{
    Json json = modelJson(info);
    json["path"] = info.path.string();
    return json;
}

void printModel(const ModelInfo& info)
{
    std::printf("name         %s\npath         %s\nfamily       %s\nkind         %s\ntasks        inpaint, transform, "
                "generate\nprediction   %s\nscheduler    %s\n"
                "weights      %s, %.1f million parameters, %.0f MB\nnative size  %d px\n",
                info.name.c_str(), info.path.string().c_str(), info.family.c_str(), kindText(info), info.predictionType.c_str(),
                info.schedulerClass.c_str(), info.dtype.c_str(), static_cast<double>(info.parameters) / 1e6,
                static_cast<double>(info.bytes) / 1e6, info.nativeSize);
    if (!info.license.empty())
        std::printf("licence      %s\n", info.license.c_str());
    for (const std::string& part : info.missing)
        std::printf("missing      %s\n", part.c_str());
    if (!info.notes.empty())
        std::printf("notes        %s\n", info.notes.c_str());
}

int runModelsList(bool json)
{
    Json list = Json::array();
    // They lie among the models without being any.
    const std::vector<ControlNetInfo> controlNets = listControlNets();
    for (const ListedModel& model : listModels()) {
        if (std::any_of(controlNets.begin(), controlNets.end(), [&](const auto& net) { return net.path == model.path; }))
            continue;
        if (const ModelInfo* info = std::get_if<ModelInfo>(&model.info)) {
            list.push_back(localModelJson(*info));
            if (!json)
                std::printf("%-24s %-6s %-40s %s\n", info->name.c_str(), info->family.c_str(), kindText(*info),
                            info->path.string().c_str());
        } else {
            const std::string problem = formatError(std::get<Error>(model.info));
            list.push_back({{"path", model.path.string()}, {"problem", problem}});
            if (!json)
                std::printf("%-24s cannot be used: %s\n", model.path.filename().string().c_str(), problem.c_str());
        }
    }
    for (const ControlNetInfo& info : controlNets) {
        list.push_back(controlNetJson(info));
        if (!json)
            printControlNetLine(info);
    }
    if (json)
        std::printf("%s\n", list.dump(2).c_str());
    else if (list.empty())
        std::printf("no models; put one into a place of the search path: %s\n",
                    modelSearchPath().empty() ? "" : modelSearchPath().front().string().c_str());
    return 0;
}

int runModelsInspect(const std::string& model, bool json)
{
    if (const auto path = resolveControlNet(model); std::holds_alternative<std::filesystem::path>(path)) {
        const auto found = inspectControlNet(std::get<std::filesystem::path>(path));
        if (const ControlNetInfo* info = std::get_if<ControlNetInfo>(&found)) {
            if (json)
                std::printf("%s\n", controlNetJson(*info).dump(2).c_str());
            else
                printControlNet(*info);
            return 0;
        }
    }
    const ModelInfo info = unwrap(inspectModel(unwrap(resolveModel(model))));
    if (json)
        std::printf("%s\n", localModelJson(info).dump(2).c_str());
    else
        printModel(info);
    return 0;
}

} // namespace pentimento
