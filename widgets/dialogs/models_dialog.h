// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/common/edit_mode.h"

#include <QDialog>

class QLabel;
class QListWidget;
class QProgressBar;
class QPushButton;

namespace pentimento {

/// Every model there is: what it is and can do, or why it cannot be used. It says what the user wants; others do it.
class ModelsDialog : public QDialog {
    Q_OBJECT
public:
    explicit ModelsDialog(QWidget* parent = nullptr);

    /// `used`: path of the one in use. What was selected stays so.
    void setModels(const QList<ModelChoice>& models, const QString& used);
    void select(const QString& path);

    void showWork(const QString& what, double done, const QString& timeLeft); ///< until endWork
    void endWork(const QString& title, const QString& text, bool bad);
    bool isWorking() const { return m_working; }

Q_SIGNALS:
    void useWanted(const QString& path);
    void checkWanted(const QString& path);
    void importWanted(const QString& path);
    void removeWanted(const QString& path);
    void addFileWanted();
    void addFolderWanted();
    void dropped(const QString& path);
    void cancelWanted();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    const ModelChoice* current() const;
    void showCurrent();
    void showResult(const QString& html);
    void refreshButtons();

    QList<ModelChoice> m_models;
    QString m_used;
    bool m_working = false;
    QListWidget* m_list;
    QLabel *m_name, *m_kind, *m_facts, *m_result;
    QWidget* m_workRow;
    QLabel* m_workText;
    QProgressBar* m_workBar;
    QPushButton *m_use, *m_check, *m_import, *m_remove;
};

} // namespace pentimento
