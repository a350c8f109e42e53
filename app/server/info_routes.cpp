// SPDX-License-Identifier: Apache-2.0
#include "app/server/info_routes.h"

#include "app/server/answers.h"
#include "inference/api/control_net_info.h"
#include "inference/api/model_info.h"
#include "inference/api/settings.h"
#include "inference/io/model_name.h"
#include "inference/jobs/model_json.h"

namespace pentimento {
namespace {

Json healthJson(ServerContext& context)
{
    const StoreCounts counts = context.store.counts();
    return {{"status", context.store.stopped() ? "stopping" : "ok"},
            {"version", PENTIMENTO_VERSION},
            {"queued", counts.queued},
            {"running", counts.running}};
}

/// `name` is what a job's `model` takes; `default` marks the one that a job gets that names none.
Json modelsJson()
{
    Json models = Json::array();
    const auto standard = resolveModel({});
    const auto* const defaultModel = std::get_if<std::filesystem::path>(&standard);
    for (const ListedModel& model : listModels()) {
        const ModelInfo* info = std::get_if<ModelInfo>(&model.info);
        if (!info)
            continue; // what cannot be used is the server's owner's matter
        Json json = modelJson(*info);
        json["title"] = info->name;
        json["name"] = modelName(model.path);
        json["default"] = defaultModel && *defaultModel == model.path;
        models.push_back(std::move(json));
    }
    Json controlNets = Json::array();
    for (const ControlNetInfo& info : listControlNets())
        controlNets.push_back({{"name", info.name}, {"family", info.family}});
    return {{"models", models}, {"control_nets", controlNets}};
}

/// The schema of job files without what only they may have.
Json networkSchema()
{
    Json schema = readJsonFile(resourceFolder() / "schema" / "job.schema.json");
    for (const JobKey& key : jobKeys()) {
        if (key.filesOnly)
            schema["properties"].erase(std::string(key.name));
    }
    return schema;
}

} // namespace

void addInfoRoutes(httplib::Server& server, ServerContext& context)
{
    using httplib::Request;
    using httplib::Response;
    server.Get("/v1/health", [&](const Request&, Response& response) { answerJson(response, 200, healthJson(context)); });
    server.Get("/v1/models", [](const Request&, Response& response) { answerJson(response, 200, modelsJson()); });
    server.Get("/v1/schema", [](const Request&, Response& response) { answerJson(response, 200, networkSchema()); });
    server.Get("/metrics", [&](const Request&, Response& response) {
        response.set_content(metricsText(context.store.counts(), context.counts), "text/plain; version=0.0.4");
    });
}

} // namespace pentimento
