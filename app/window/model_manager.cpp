// SPDX-License-Identifier: Apache-2.0
#include "app/window/model_manager.h"

#include "app/bridge/inference_service.h"
#include "app/bridge/model_report.h"
#include "app/window/model_controller.h"
#include "widgets/common/background.h"
#include "widgets/panels/lora_list.h"
#include "widgets/panels/run_panel.h"

#include <QFileInfo>
#include <QMessageBox>
#include <QPushButton>

#include <cmath>

namespace pentimento {

ModelManager::ModelManager(InferenceService& inference, ModelController& models, RunPanel& run, QWidget& window)
    : QObject(&window), m_inference(inference), m_models(models), m_run(run), m_window(window)
{
    confirmRemoval = [this](const QString& path) {
        QMessageBox box(QMessageBox::Warning, tr("Delete the model?"), tr("Delete this model from the disk?"),
                        QMessageBox::Cancel, m_dialog);
        box.setInformativeText(path);
        const QPushButton* remove = box.addButton(tr("Delete"), QMessageBox::DestructiveRole);
        box.setDefaultButton(QMessageBox::Cancel);
        box.exec();
        return box.clickedButton() == remove;
    };
    connect(&m_run, &RunPanel::modelsListed, this, &ModelManager::refresh);
    connect(&m_run, &RunPanel::modelChanged, this, &ModelManager::refresh);
    connect(&m_inference, &InferenceService::checkProgress, this, [this](const ModelWork& work) {
        if (m_checking)
            showWork(work);
    });
    connect(&m_inference, &InferenceService::checked, this, [this](const ModelReport& report) {
        const bool sound = report.problems.isEmpty();
        QStringList text = report.problems.mid(0, 20);
        if (report.problems.size() > text.size())
            text += tr("And %n more.", nullptr, int(report.problems.size() - text.size()));
        text += report.summary;
        endWork((sound ? tr("“%1” is sound.") : tr("“%1” is not sound.")).arg(m_checkedName), text.join(u'\n'), !sound);
    });
    connect(&m_inference, &InferenceService::checkFailed, this,
            [this](const ErrorText& error) { endWork(error.title, error.text, true); });
    connect(&m_inference, &InferenceService::checkCancelled, this, [this] {
        endWork(m_inference.isBusy() ? tr("The check made way for your edit.") : tr("The check was cancelled."), {}, false);
    });
}

void ModelManager::show()
{
    if (!m_dialog)
        build();
    refresh();
    m_dialog->show();
    m_dialog->raise();
    m_dialog->activateWindow();
}

void ModelManager::offer(const QString& path)
{
    show();
    m_models.show(path);
}

void ModelManager::build()
{
    m_dialog = new ModelsDialog(&m_window);
    connect(m_dialog, &ModelsDialog::useWanted, &m_run, &RunPanel::selectModel);
    connect(m_dialog, &ModelsDialog::checkWanted, this, &ModelManager::check);
    connect(m_dialog, &ModelsDialog::importWanted, this, &ModelManager::convert);
    connect(m_dialog, &ModelsDialog::removeWanted, this, &ModelManager::remove);
    connect(m_dialog, &ModelsDialog::cancelWanted, this, &ModelManager::cancel);
    connect(m_dialog, &QObject::destroyed, this, &ModelManager::cancel);
    connect(m_dialog, &ModelsDialog::addFileWanted, this, [this] { m_models.choose(ModelController::Place::File); });
    connect(m_dialog, &ModelsDialog::addFolderWanted, this, [this] { m_models.choose(ModelController::Place::Folder); });
    connect(&m_models, &ModelController::offered, m_dialog, &ModelsDialog::select);
    connect(m_dialog, &ModelsDialog::dropped, this, &ModelManager::offer);
}

void ModelManager::refresh()
{
    if (m_dialog)
        m_dialog->setModels(m_run.models(), m_run.model() ? m_run.model()->path : QString());
}

void ModelManager::check(const QString& path)
{
    m_checking = true;
    m_checkedName = QFileInfo(path).fileName(); // another may be selected by the end
    showWork({m_inference.isBusy() ? tr("waiting for the edit") : tr("opening the model"), 0, 0});
    m_inference.check(path);
}

ModelManager::~ModelManager()
{
    if (m_conversionCancelled)
        m_conversionCancelled->store(true);
}

void ModelManager::convert(const QString& path)
{
    m_conversionCancelled = std::make_shared<std::atomic<bool>>(false);
    showWork({tr("opening the model"), 0, 0});
    const auto tell = [this, alive = QPointer<QObject>(this)](const ModelWork& work) {
        callFromBackground(alive, [this, work] { m_conversionCancelled ? showWork(work) : void(); });
    };
    runInBackground(
        this, [path, tell, stop = m_conversionCancelled] { return importModelFile(path, tell, stop); },
        [this](const std::variant<QString, ErrorText>& outcome) {
            m_conversionCancelled.reset();
            if (const auto* error = std::get_if<ErrorText>(&outcome))
                return endWork(error->title, error->text, true);
            const QString& folder = std::get<QString>(outcome);
            if (folder.isEmpty())
                return endWork(tr("The conversion was cancelled."), tr("Nothing was written."), false);
            m_models.show(folder);
            endWork(tr("The model is now a folder."), folder, false);
        });
}

void ModelManager::remove(const QString& path)
{
    if (!confirmRemoval(path))
        return;
    runInBackground(
        this, [path] { return removeOwnModel(path); },
        [this, path](const std::optional<ErrorText>& error) {
            if (error)
                return endWork(error->title, error->text, true);
            m_models.forget(path);
            endWork(tr("“%1” was deleted.").arg(QFileInfo(path).fileName()), {}, false);
        });
}

void ModelManager::cancel()
{
    if (m_checking)
        m_inference.cancelCheck();
    if (m_conversionCancelled)
        m_conversionCancelled->store(true);
}

void ModelManager::showWork(const ModelWork& work)
{
    if (!m_dialog)
        return;
    const int seconds = int(std::ceil(work.secondsLeft));
    m_dialog->showWork(work.what, work.done, seconds > 0 ? tr("%n second(s) left", nullptr, seconds) : QString());
}

void ModelManager::endWork(const QString& title, const QString& text, bool bad)
{
    if (m_checking && m_run.model())
        m_inference.preload(m_run.model()->path, m_run.loras().loras()); // the check took the model's place
    m_checking = false;
    if (m_dialog)
        m_dialog->endWork(title, text, bad);
}

} // namespace pentimento
