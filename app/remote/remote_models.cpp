// SPDX-License-Identifier: Apache-2.0
#include "app/remote/remote_models.h"

#include "app/remote/remote_connection.h"
#include "inference/jobs/model_json.h"

#include <algorithm>

namespace pentimento {

Expected<std::vector<ModelInfo>> remoteModels(const RemoteOptions& options) noexcept
{
    try {
        const RemoteEngine checked(options); // refuses what is no address
        const CancelToken never;
        RemoteConnection server(options, never);
        const Json answer = parseJson(server.get("/v1/models"), "/v1/models");
        std::vector<ModelInfo> models;
        for (const Json& json : answer.at("models")) {
            ModelInfo info = modelFromJson(json);
            info.path = info.name;
            info.name = jsonValue<std::string>(json, "title", info.name, "/v1/models");
            models.push_back(std::move(info));
            if (jsonValue<bool>(json, "default", false, "/v1/models"))
                std::rotate(models.begin(), models.end() - 1, models.end());
        }
        return models;
    } catch (const Exception& e) {
        return e.error();
    } catch (const std::exception& e) {
        return Error{ErrorCode::Internal, "the server's answer cannot be read", options.address,
                     "check that both are the same version", e.what()};
    }
}

} // namespace pentimento
