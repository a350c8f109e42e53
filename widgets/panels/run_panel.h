// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/common/edit_mode.h"

#include <QList>
#include <QWidget>

#include <array>

class QComboBox;
class QLabel;
class QLineEdit;
class QToolButton;

namespace pentimento {

class AskingCombo;
class ControlList;
class LoraList;
class SliderRow;

/// What the user changed of the model's numbers for one mode.
struct RunOverrides {
    std::optional<int> steps;
    std::optional<double> guidance;
    std::optional<double> strength;
    QString scheduler; ///< empty: the model's
    bool any() const { return steps || guidance || strength || !scheduler.isEmpty(); }
};

/// Model, numbers, seed and negative prompt of the next run. Numbers follow the model's defaults for the mode until
/// the user changes them.
class RunPanel : public QWidget {
    Q_OBJECT
public:
    explicit RunPanel(QWidget* parent = nullptr);

    void setModels(const QList<ModelChoice>& models, const QString& preferredPath);
    void addModel(const ModelChoice& model);   ///< and uses it; replaces the one of the same path
    void offerModel(const ModelChoice& model); ///< the same without using it
    const QList<ModelChoice>& models() const { return m_models; }
    const ModelChoice* model() const; ///< null until models are known
    void selectModel(const QString& path);
    QString bundledModel() const;         ///< path of one that came with the program and works; empty: none
    void showTrouble(const QString& why); ///< with the model in use; empty: none
    void setMode(EditMode mode);
    void setSchedulers(const QStringList& names); ///< that the engine knows, the model's own first

    RunNumbers numbers() const;
    QString negativePrompt() const;
    void setNegativePrompt(const QString& text);
    LoraList& loras() { return *m_loras; }
    ControlList& controls() { return *m_controls; }

    std::optional<quint64> lockedSeed() const; ///< absent: random
    void setLockedSeed(std::optional<quint64> seed);
    void showUsedSeed(quint64 seed); ///< of the last run; the lock takes it

    const std::array<RunOverrides, editModeCount>& overrides() const { return m_overrides; }
    void setOverrides(const std::array<RunOverrides, editModeCount>& overrides);

Q_SIGNALS:
    void modelChanged();
    void modelsListed(); ///< others than before
    void modelFileWanted();
    void modelFolderWanted();
    void allModelsWanted();
    void edited();

private:
    void showNumbers();
    void showSeed();
    void showModel();
    void listModels(const QString& chosenPath);
    void fillModels(const QString& chosenPath);
    RunOverrides& own() { return m_overrides[static_cast<std::size_t>(m_mode)]; }
    void numberEdited();

    QList<ModelChoice> m_models;
    QString m_trouble;
    EditMode m_mode = EditMode::Fill;
    std::array<RunOverrides, editModeCount> m_overrides;
    std::optional<quint64> m_locked;
    std::optional<quint64> m_used;
    AskingCombo* m_model;
    QLabel* m_facts;
    SliderRow* m_steps;
    SliderRow* m_guidance;
    SliderRow* m_strength;
    QLineEdit* m_seed;
    QToolButton* m_lock;
    QComboBox* m_scheduler;
    QLineEdit* m_negative;
    LoraList* m_loras;
    ControlList* m_controls;
    QWidget* m_reset;
};

} // namespace pentimento
