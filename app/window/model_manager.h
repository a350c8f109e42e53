// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"
#include "widgets/dialogs/models_dialog.h"

#include <QObject>
#include <QPointer>

#include <functional>
#include <memory>

namespace pentimento {

class InferenceService;
class ModelController;
class RunPanel;

/// The dialog of all models: shows what the model controller knows and has models checked, converted and deleted, one at
/// a time, while the window goes on.
class ModelManager : public QObject {
    Q_OBJECT
public:
    ModelManager(InferenceService& inference, ModelController& models, RunPanel& run, QWidget& window);
    ~ModelManager() override; ///< ends a conversion: nobody waits for it any more

    void show();
    void offer(const QString& path);                  ///< shows it with the others, whatever it is
    ModelsDialog* dialog() const { return m_dialog; } ///< null while it is closed

    /// A test answers in a person's stead.
    std::function<bool(const QString& path)> confirmRemoval;

private:
    void build();
    void refresh();
    void check(const QString& path);
    void convert(const QString& path);
    void remove(const QString& path);
    void cancel();
    void showWork(const ModelWork& work);
    void endWork(const QString& title, const QString& text, bool bad);

    InferenceService& m_inference;
    ModelController& m_models;
    RunPanel& m_run;
    QWidget& m_window;
    QPointer<ModelsDialog> m_dialog;
    bool m_checking = false;
    QString m_checkedName;
    std::shared_ptr<std::atomic<bool>> m_conversionCancelled; ///< null: none runs
};

} // namespace pentimento
