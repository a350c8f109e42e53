// SPDX-License-Identifier: Apache-2.0
#include "app/window/model_controller.h"

#include "app/bridge/inference_service.h"
#include "app/bridge/model_catalog.h"
#include "app/window/app_settings.h"
#include "widgets/common/background.h"
#include "widgets/panels/lora_list.h"
#include "widgets/panels/run_panel.h"

#include <QFileDialog>

#include <algorithm>

namespace pentimento {

ModelController::ModelController(InferenceService& inference, RunPanel& run, NoticeBar& notice, AppSettings& settings,
                                 InferenceService::LogSink log, QWidget& window)
    : QObject(&window), m_inference(inference), m_run(run), m_notice(notice), m_settings(settings), m_log(std::move(log)),
      m_window(window)
{
    askPlace = [this, &window](Place place) {
        const QString start = m_settings.lastModelFolder();
        return place == Place::Folder ? QFileDialog::getExistingDirectory(&window, tr("Choose a model folder"), start)
                                      : QFileDialog::getOpenFileName(&window, tr("Choose a model file"), start,
                                                                     tr("Models (*.safetensors);;All files (*)"));
    };
    askLora = [this, &window] {
        return QFileDialog::getOpenFileName(&window, tr("Choose a LoRA file"), m_settings.lastModelFolder(),
                                            tr("LoRAs (*.safetensors);;All files (*)"));
    };
    connect(&m_run.loras(), &LoraList::fileWanted, this, [this] {
        if (const QString path = askLora(); !path.isEmpty())
            m_run.loras().add(path);
    });
    m_run.setSchedulers(schedulerChoices());
    connect(&m_run, &RunPanel::modelChanged, this, &ModelController::modelChanged);
    connect(&m_run, &RunPanel::modelFileWanted, this, [this] { choose(Place::File); });
    connect(&m_run, &RunPanel::modelFolderWanted, this, [this] { choose(Place::Folder); });
    connect(&m_inference, &InferenceService::modelReady, this, [this] { endLoading({}); });
    connect(&m_inference, &InferenceService::preloadFailed, this, [this](const ErrorText& error) {
        endLoading(error.text);
        // Whatever input the engine refuses while it loads a model is the model.
        const bool model = error.kind == ErrorText::Kind::Model || error.kind == ErrorText::Kind::BadInput;
        m_notice.showNotice(error.title, error.text, error.details, model ? waysOut([] {}) : QList<NoticeBar::Choice>());
    });
}

void ModelController::findAll()
{
    if (const ServerChoice server = m_settings.server(); server.isUsed())
        return useServer(server, nullptr);
    runInBackground(
        this,
        [own = m_settings.ownModels()] {
            QList<ModelChoice> models = findModels();
            for (const QString& path : own) {
                if (std::none_of(models.cbegin(), models.cend(), [&](const ModelChoice& m) { return m.path == path; }))
                    models += inspectModelAt(path);
            }
            return models;
        },
        [this](const QList<ModelChoice>& models) {
            showModels(models);
            if (models.isEmpty())
                m_notice.showNotice(tr("No model was found."), tr("Choose a Stable Diffusion model that you have."), {},
                                    waysOut([] {}));
        });
}

void ModelController::showModels(const QList<ModelChoice>& models)
{
    const AppSettings::Run run = m_settings.run();
    m_run.setModels(models, run.model);
    m_run.setOverrides(run.overrides);
}

void ModelController::chooseServer()
{
    const ServerChoice now = m_settings.server();
    const QPointer<ServerDialog> dialog = new ServerDialog(now.address, now.token, &m_window);
    connect(dialog, &ServerDialog::connectWanted, this, [this, dialog](const QString& address, const QString& token) {
        if (!address.isEmpty())
            return useServer({address, token}, dialog);
        m_settings.setServer({});
        m_inference.setSource(engineSource({}, m_log));
        findAll();
        dialog->close();
    });
    dialog->show();
}

// Nothing changes before the server has answered.
void ModelController::useServer(const ServerChoice& server, const QPointer<ServerDialog>& dialog)
{
    runInBackground(
        this, [server] { return findServerModels(server); },
        [this, server, dialog](const std::variant<QList<ModelChoice>, ErrorText>& found) {
            if (const auto* error = std::get_if<ErrorText>(&found)) {
                if (dialog)
                    return dialog->showResult(error->text, true);
                return m_notice.showNotice(
                    tr("The server at %1 cannot be used.").arg(server.address), error->text, error->details,
                    {{tr("Try again"), [this] { findAll(); }}, {tr("Where edits run…"), [this] { chooseServer(); }}});
            }
            const auto& models = std::get<QList<ModelChoice>>(found);
            m_settings.setServer(server);
            m_inference.setSource(engineSource(server, m_log));
            showModels(models);
            if (dialog)
                dialog->showResult(tr("Connected: %n model(s).", nullptr, int(models.size())), false);
        });
}

void ModelController::choose(Place place, const Then& then)
{
    const QString path = askPlace(place);
    if (!path.isEmpty())
        take(path, then);
}

void ModelController::show(const QString& path)
{
    runInBackground(
        this, [path] { return inspectModelsAt(path); },
        [this](const QList<ModelChoice>& choices) {
            if (choices.size() == 1 && choices.first().problem.isEmpty())
                m_settings.addOwnModel(choices.first().path);
            for (const ModelChoice& choice : choices)
                m_run.offerModel(choice);
            Q_EMIT offered(choices.first().path);
        });
}

void ModelController::forget(const QString& path)
{
    m_settings.removeOwnModel(path);
    findAll();
}

void ModelController::take(const QString& path, const Then& then)
{
    runInBackground(
        this, [path] { return inspectModelAt(path); },
        [this, path, then](const ModelChoice& choice) {
            if (!choice.problem.isEmpty())
                return m_notice.showNotice(tr("“%1” cannot be used as a model.").arg(choice.name), choice.problem, path,
                                           {{tr("Choose another file…"), [=, this] { choose(Place::File, then); }},
                                            {tr("Choose another folder…"), [=, this] { choose(Place::Folder, then); }}});
            m_notice.hide();
            m_settings.addOwnModel(choice.path);
            m_run.addModel(choice);
            if (then)
                then();
        });
}

QList<NoticeBar::Choice> ModelController::waysOut(const Then& then)
{
    QList<NoticeBar::Choice> ways;
    const QString bundled = m_run.bundledModel();
    if (!bundled.isEmpty() && m_run.model() && m_run.model()->path != bundled)
        ways += {tr("Use the starter instead"), [this, bundled, then] {
                     m_run.selectModel(bundled);
                     then();
                 }};
    ways += {tr("Choose a file…"), [this, then] { choose(Place::File, then); }};
    ways += {tr("Choose a folder…"), [this, then] { choose(Place::Folder, then); }};
    return ways;
}

void ModelController::modelChanged()
{
    const ModelChoice* model = m_run.model();
    m_loading = model && model->problem.isEmpty();
    if (m_loading)
        m_inference.preload(model->path, m_run.loras().loras());
    Q_EMIT changed();
}

void ModelController::endLoading(const QString& trouble)
{
    m_loading = false;
    m_run.showTrouble(trouble);
    Q_EMIT changed();
}

} // namespace pentimento
