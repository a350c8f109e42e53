// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/common/edit_mode.h"

#include <QImage>
#include <QList>
#include <QWidget>

class QButtonGroup;
class QLabel;
class QLineEdit;
class QProgressBar;
class QStringListModel;

namespace pentimento {

class CandidateStrip;
class KeyButton;

/// The bar at the canvas' lower edge: what to do, the prompt, and while something runs or waits, that.
/// It only shows and asks; who answers sets its state.
class TaskBar : public QWidget {
    Q_OBJECT
public:
    explicit TaskBar(QWidget* parent = nullptr);

    EditMode mode() const { return m_mode; }
    void setMode(EditMode mode); ///< without modeChosen()
    QString prompt() const;
    void setPrompt(const QString& text);
    int tallest() const; ///< its height while a result waits
    void setSuggestions(const QStringList& suggestions);
    void focusPrompt();
    CandidateStrip& candidates() { return *m_candidates; }

    void setIdle();
    void setBusy(const QString& text, double share); ///< share 0..1; below 0: not known
    bool isBusy() const { return m_busy; }
    void setCandidatesShown(bool shown);

Q_SIGNALS:
    void modeChosen(EditMode mode);
    void promptEdited();
    void generateWanted();
    void cancelWanted();
    void escapePressed(); ///< in the prompt
    void sizeChanged();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    bool takesWords() const { return m_mode != EditMode::Erase; }
    void showHint();
    void refreshRows();

    EditMode m_mode = EditMode::Fill;
    QString m_otherPrompt; ///< kept for the modes that take one
    QStringList m_suggestions;
    QStringList m_knownWords;
    bool m_busy = false;
    bool m_withCandidates = false;
    CandidateStrip* m_candidates;
    QWidget* m_modeRow;
    QButtonGroup* m_modes;
    QLabel* m_status;
    QProgressBar* m_progress;
    QLineEdit* m_prompt;
    QStringListModel* m_completions;
    KeyButton* m_generate;
    QLabel* m_hint;
};

} // namespace pentimento
