// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/engine_choice.h"

#include "app/bridge/error_text.h"
#include "app/bridge/model_catalog.h"
#include "app/remote/remote_models.h"

namespace pentimento {
namespace {

RemoteOptions remoteOptions(const ServerChoice& server)
{
    RemoteOptions options;
    options.address = server.address.toStdString();
    options.token = server.token.toStdString();
    return options;
}

Expected<std::unique_ptr<Engine>> remoteEngine(const RemoteOptions& options)
{
    try {
        return std::make_unique<RemoteEngine>(options);
    } catch (const Exception& e) {
        return e.error();
    }
}

} // namespace

EngineSource engineSource(const ServerChoice& server, InferenceService::LogSink log)
{
    if (server.isUsed())
        return {[options = remoteOptions(server)] { return remoteEngine(options); }};
    Host host;
    host.log = [log = std::move(log)](LogLevel level, const std::string& text) {
        log(static_cast<InferenceService::Log>(level), QString::fromStdString(text));
    };
    return {[host] { return loadEngine(host); }};
}

std::variant<QList<ModelChoice>, ErrorText> findServerModels(const ServerChoice& server)
{
    RemoteOptions options = remoteOptions(server);
    options.patience = std::chrono::seconds(4);
    const auto found = remoteModels(options);
    if (const auto* error = std::get_if<Error>(&found))
        return toErrorText(*error);
    QList<ModelChoice> choices;
    for (const ModelInfo& info : std::get<std::vector<ModelInfo>>(found))
        choices += modelChoice(info);
    return choices;
}

} // namespace pentimento
