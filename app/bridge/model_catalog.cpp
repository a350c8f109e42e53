// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/model_catalog.h"

#include "app/bridge/error_text.h"
#include "app/bridge/request_builder.h"

#include "inference/api/control_net_info.h"
#include "inference/api/model_info.h"
#include "inference/api/model_store.h"
#include "inference/api/scheduler_names.h"
#include "inference/api/settings.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLocale>

#include <algorithm>

namespace pentimento {
namespace {

QString translated(const char* text)
{
    return QCoreApplication::translate("ModelCatalog", text);
}

QString familyName(const ModelInfo& info)
{
    if (info.family == "sd1")
        return QStringLiteral("Stable Diffusion 1");
    if (info.family == "sd2")
        return QStringLiteral("Stable Diffusion 2");
    return info.family == "sdxl" ? QStringLiteral("Stable Diffusion XL") : translated("own architecture");
}

QString kindOf(const ModelInfo& info)
{
    return familyName(info) + QStringLiteral(" · ") +
           (info.inpaintModel() ? translated("made for inpainting") : translated("inpaints by blending"));
}

QString parameterText(std::uint64_t parameters)
{
    return translated("%1 million parameters").arg(QLocale().toString(double(parameters) / 1e6, 'f', 0));
}

QString factsOf(const ModelInfo& info)
{
    QStringList facts;
    if (info.family != "other")
        facts += QString::fromStdString(info.family).toUpper();
    facts += parameterText(info.parameters);
    if (!info.license.empty())
        facts += QString::fromStdString(info.license);
    return facts.join(QStringLiteral(" · "));
}

QList<QPair<QString, QString>> tableOf(const ModelInfo& info)
{
    const auto text = [](const std::string& value) { return QString::fromStdString(value); };
    QList<QPair<QString, QString>> table = {
        {translated("Family"), familyName(info)},
        {translated("Does"), translated("inpaint, transform, generate")},
        {translated("UNet takes"), translated("%1 channels").arg(info.unetInChannels) +
                                       (info.inpaintModel() ? translated(": noise, mask, masked picture") : QString())},
        {translated("Predicts"), text(info.predictionType)},
        {translated("Scheduler"), text(info.schedulerClass)},
        {translated("Weights"),
         QStringLiteral("%1 · %2 · %3")
             .arg(text(info.dtype), parameterText(info.parameters), QLocale().formattedDataSize(qint64(info.bytes)))},
        {translated("Made for"), translated("%1 px").arg(info.nativeSize)},
    };
    if (!info.version.empty())
        table += {translated("Version"), text(info.version)};
    if (!info.license.empty())
        table += {translated("Licence"), text(info.license)};
    return table;
}

bool isOwn(const QString& path)
{
    const QFileInfo place(QString::fromStdString(ownModelFolder().string()));
    return QFileInfo(path).absolutePath() == place.absoluteFilePath();
}

ModelChoice toChoice(const std::filesystem::path& path, const Expected<ModelInfo>& read)
{
    if (const auto* info = std::get_if<ModelInfo>(&read))
        return modelChoice(*info);
    ModelChoice choice;
    choice.path = QString::fromStdString(path.string());
    choice.name = QFileInfo(choice.path).completeBaseName();
    choice.own = isOwn(choice.path);
    choice.singleFile = QFileInfo(choice.path).isFile();
    choice.problem = toErrorText(std::get<Error>(read)).text;
    return choice;
}

ControlNetChoice toChoice(const ControlNetInfo& info)
{
    ControlNetChoice choice;
    choice.name = QString::fromStdString(info.name);
    choice.path = QString::fromStdString(info.path.string());
    choice.family = QString::fromStdString(info.family);
    QStringList facts;
    if (info.family != "other")
        facts += choice.family.toUpper();
    facts += parameterText(info.parameters);
    facts += QLocale().formattedDataSize(qint64(info.bytes));
    choice.facts = facts.join(QStringLiteral(" · "));
    return choice;
}

} // namespace

ModelChoice modelChoice(const ModelInfo& info)
{
    ModelChoice choice;
    choice.path = QString::fromStdString(info.path.string());
    choice.name = QString::fromStdString(info.name);
    choice.bundled = choice.path.startsWith(QString::fromStdString(resourceFolder().string()) + u'/');
    choice.own = isOwn(choice.path);
    choice.singleFile = QFileInfo(choice.path).isFile();
    choice.family = QString::fromStdString(info.family);
    choice.kind = kindOf(info);
    choice.facts = factsOf(info);
    choice.table = tableOf(info);
    choice.notes = QString::fromStdString(info.notes);
    for (int i = 0; i < editModeCount; ++i) {
        const Mode mode = toEngineMode(static_cast<EditMode>(i));
        const RunDefaults defaults = runDefaults(info, mode);
        choice.defaults[i] = {defaults.steps, defaults.guidance, defaults.strength, QString::fromStdString(defaults.scheduler)};
        const WorkingSizes sizes = workingSizes(info, mode);
        choice.sizeMultiple = sizes.multiple;
        choice.nativeSize = sizes.native;
        choice.largestSize[i] = sizes.largest;
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

QList<ModelChoice> inspectModelsAt(const QString& path)
{
    const std::filesystem::path place(path.toStdString());
    QList<ModelChoice> choices;
    for (const ListedModel& model : listModelsIn(place))
        choices += toChoice(model.path, model.info);
    if (choices.isEmpty())
        return {inspectModelAt(path)};
    SharedSettings settings = loadSharedSettings();
    std::vector<std::string>& folders = settings.modelFolders;
    if (std::find(folders.begin(), folders.end(), place.string()) == folders.end()) {
        folders.push_back(place.string());
        saveSharedSettings(settings); // else the folder is forgotten, no more
    }
    return choices;
}

QList<ControlNetChoice> findControlNets()
{
    QList<ControlNetChoice> choices;
    for (const ControlNetInfo& info : listControlNets())
        choices += toChoice(info);
    return choices;
}

ControlNetChoice inspectControlNetAt(const QString& path)
{
    const auto read = inspectControlNet(path.toStdString());
    if (const auto* info = std::get_if<ControlNetInfo>(&read))
        return toChoice(*info);
    ControlNetChoice choice;
    choice.path = path;
    choice.name = QFileInfo(path).completeBaseName();
    choice.problem = toErrorText(std::get<Error>(read)).text;
    return choice;
}

QString ownModelPlace()
{
    const QString folder = QString::fromStdString(ownModelFolder().string());
    const QString home = QDir::homePath() + u'/';
    return folder.startsWith(home) ? QStringLiteral("~/") + folder.mid(home.size()) : folder;
}

QStringList schedulerChoices()
{
    QStringList names;
    for (const std::string_view name : schedulerNames)
        names += QString::fromUtf8(name.data(), qsizetype(name.size()));
    return names;
}

} // namespace pentimento
