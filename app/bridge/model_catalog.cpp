// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/model_catalog.h"

#include "app/bridge/error_text.h"
#include "app/bridge/image_convert.h"
#include "app/bridge/request_builder.h"

#include "inference/api/edit_plan.h"
#include "inference/api/model_info.h"
#include "inference/api/settings.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QLocale>

#include <algorithm>

namespace pentimento {
namespace {

QString factsOf(const ModelInfo& info)
{
    const QString parameters =
        QCoreApplication::translate("ModelCatalog", "%1 million parameters").arg(double(info.parameters) / 1e6, 0, 'f', 0);
    QStringList facts;
    if (info.family != "other")
        facts += QString::fromStdString(info.family).toUpper();
    facts += parameters;
    if (!info.license.empty())
        facts += QString::fromStdString(info.license);
    return facts.join(QStringLiteral(" · "));
}

ModelChoice toChoice(const std::filesystem::path& path, const Expected<ModelInfo>& read)
{
    ModelChoice choice;
    choice.path = QString::fromStdString(path.string());
    choice.name = QFileInfo(choice.path).completeBaseName();
    choice.bundled = choice.path.startsWith(QString::fromStdString(resourceFolder().string()) + u'/');
    if (const auto* error = std::get_if<Error>(&read)) {
        choice.problem = toErrorText(*error).text;
        return choice;
    }
    const auto& info = std::get<ModelInfo>(read);
    choice.name = QString::fromStdString(info.name);
    choice.facts = factsOf(info);
    choice.notes = QString::fromStdString(info.notes);
    for (int i = 0; i < editModeCount; ++i) {
        const RunDefaults defaults = runDefaults(info, toEngineMode(static_cast<EditMode>(i)));
        choice.defaults[i] = {defaults.steps, defaults.guidance, defaults.strength, QString::fromStdString(defaults.scheduler)};
    }
    for (const std::string& line : promptSuggestions(info))
        choice.suggestions += QString::fromStdString(line);
    if (!info.missing.empty()) {
        QStringList parts;
        for (const std::string& part : info.missing)
            parts += QString::fromStdString(part);
        choice.problem = QCoreApplication::translate("ModelCatalog", "It lacks: %1.").arg(parts.join(QStringLiteral(", ")));
    }
    return choice;
}

} // namespace

QList<ModelChoice> findModels()
{
    QList<ModelChoice> choices;
    for (const ListedModel& model : listModels())
        choices += toChoice(model.path, model.info);
    const auto resolved = resolveModel({});
    if (const auto* path = std::get_if<std::filesystem::path>(&resolved)) {
        const QString first = QString::fromStdString(path->string());
        std::stable_partition(choices.begin(), choices.end(),
                              [&first](const ModelChoice& choice) { return choice.path == first; });
    }
    return choices;
}

ModelChoice inspectModelAt(const QString& path)
{
    const std::filesystem::path model(path.toStdString());
    return toChoice(model, inspectModel(model));
}

std::optional<PlanView> planFor(const EditRequest& edit)
{
    const auto info = inspectModel(edit.modelPath.toStdString());
    if (!std::holds_alternative<ModelInfo>(info))
        return std::nullopt;
    const Request request = buildRequest(edit);
    const auto plan = planEdit(request.image.size(), request.mask, request.edit, request.mode, request.strength.value_or(1.0),
                               std::get<ModelInfo>(info));
    if (!std::holds_alternative<EditPlan>(plan))
        return std::nullopt;
    return toPlanView(std::get<EditPlan>(plan));
}

} // namespace pentimento
