// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/task_bar.h"

#include "widgets/common/key_button.h"
#include "widgets/common/theme.h"
#include "widgets/panels/candidate_strip.h"

#include <QAbstractItemView>
#include <QButtonGroup>
#include <QCompleter>
#include <QFrame>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QPainter>
#include <QProgressBar>
#include <QRegularExpression>
#include <QStringListModel>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace pentimento {
namespace {

QStringList wordsOf(const QString& text)
{
    static const QRegularExpression gaps(QStringLiteral("[^\\p{L}\\p{N}]+"));
    return text.toLower().split(gaps, Qt::SkipEmptyParts);
}

/// A word half typed may still become a known one.
bool knowsStart(const QStringList& known, const QString& start)
{
    return std::any_of(known.cbegin(), known.cend(), [&start](const QString& word) { return word.startsWith(start); });
}

bool isFillWord(const QString& word)
{
    static const QStringList words{QStringLiteral("a"),   QStringLiteral("an"),   QStringLiteral("the"),
                                   QStringLiteral("of"),  QStringLiteral("in"),   QStringLiteral("on"),
                                   QStringLiteral("and"), QStringLiteral("with"), QStringLiteral("at")};
    return words.contains(word);
}

} // namespace

TaskBar::TaskBar(QWidget* parent)
    : QWidget(parent), m_candidates(new CandidateStrip(this)), m_modeRow(new QWidget(this)), m_modes(new QButtonGroup(this)),
      m_status(new QLabel(this)), m_progress(new QProgressBar(this)), m_prompt(new QLineEdit(this)),
      m_completions(new QStringListModel(this)), m_generate(new KeyButton({}, {}, this)), m_hint(new QLabel(this))
{
    setObjectName(QStringLiteral("taskBar"));
    setAccessibleName(tr("Edit"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(8);

    auto* upper = new QHBoxLayout(m_modeRow);
    upper->setContentsMargins(0, 0, 0, 0);
    upper->setSpacing(10);
    auto* segment = new QFrame(m_modeRow);
    segment->setObjectName(QStringLiteral("segment"));
    auto* segmentRow = new QHBoxLayout(segment);
    segmentRow->setContentsMargins(3, 3, 3, 3);
    segmentRow->setSpacing(2);
    const std::pair<QString, QString> modes[] = {
        {tr("Fill"), tr("New content by prompt (Alt+1)")},
        {tr("Erase"), tr("Removes what is painted and continues the surroundings (Alt+2)")},
        {tr("Refine"), tr("Keeps the structure and changes the look (Alt+3)")},
    };
    int id = 0;
    for (const auto& [name, tip] : modes) {
        auto* button = new QToolButton(segment);
        button->setText(name);
        button->setToolTip(tip);
        button->setAccessibleName(name);
        button->setCheckable(true);
        button->setFocusPolicy(Qt::TabFocus);
        button->setMinimumHeight(26);
        m_modes->addButton(button, id++);
        segmentRow->addWidget(button);
    }
    m_modes->button(0)->setChecked(true);
    m_status->setObjectName(QStringLiteral("muted"));
    m_status->setMinimumWidth(1); // in a narrow window it gives way, not the buttons
    m_progress->setRange(0, 1000);
    m_progress->setTextVisible(false);
    m_progress->setFixedHeight(4);
    m_progress->setMinimumWidth(40);
    m_progress->setMaximumWidth(110);
    segment->setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Preferred);
    m_progress->setAccessibleName(tr("Progress"));
    upper->addWidget(segment);
    upper->addStretch();
    upper->addWidget(m_status);
    upper->addWidget(m_progress);

    auto* lower = new QHBoxLayout;
    lower->setSpacing(8);
    m_prompt->setObjectName(QStringLiteral("prompt"));
    m_prompt->setAccessibleName(tr("Prompt"));
    m_prompt->setClearButtonEnabled(true);
    if (auto* clear = m_prompt->findChild<QToolButton*>()) {
        clear->setAccessibleName(tr("Clear the prompt"));
        clear->setToolTip(clear->accessibleName());
    }
    m_prompt->setMinimumWidth(120);
    m_prompt->setFixedHeight(36);
    m_prompt->installEventFilter(this);
    m_generate->setFixedHeight(36);
    lower->addWidget(m_prompt, 1);
    lower->addWidget(m_generate);

    m_hint->setObjectName(QStringLiteral("muted"));
    m_hint->setWordWrap(true);
    column->addWidget(m_candidates);
    column->addWidget(m_modeRow);
    column->addLayout(lower);
    column->addWidget(m_hint);

    auto* completer = new QCompleter(m_completions, this);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setFilterMode(Qt::MatchContains);
    completer->setMaxVisibleItems(8);
    m_prompt->setCompleter(completer);

    connect(m_modes, &QButtonGroup::idClicked, this, [this](int chosen) {
        setMode(static_cast<EditMode>(chosen));
        Q_EMIT modeChosen(m_mode);
    });
    connect(m_prompt, &QLineEdit::textChanged, this, [this] {
        showHint();
        Q_EMIT promptEdited();
    });
    connect(m_prompt, &QLineEdit::returnPressed, this, [this] {
        const QAbstractItemView* list = m_prompt->completer()->popup();
        if (!list->isVisible() || !list->currentIndex().isValid()) // else Enter takes the suggestion, no more
            Q_EMIT generateWanted();
    });
    connect(m_generate, &QPushButton::clicked, this, [this] {
        if (m_busy)
            Q_EMIT cancelWanted();
        else
            Q_EMIT generateWanted();
    });
    QWidget* before = m_candidates;
    for (QWidget* part :
         {static_cast<QWidget*>(m_modes->button(0)), static_cast<QWidget*>(m_modes->button(1)),
          static_cast<QWidget*>(m_modes->button(2)), static_cast<QWidget*>(m_prompt), static_cast<QWidget*>(m_generate)})
        setTabOrder(std::exchange(before, part), part);
    setIdle();
    setMode(EditMode::Fill);
}

void TaskBar::setMode(EditMode mode)
{
    const QString text = prompt();
    m_mode = mode;
    m_modes->button(static_cast<int>(mode))->setChecked(true);
    const bool words = takesWords();
    m_prompt->setEnabled(words);
    setPrompt(text);
    m_prompt->setPlaceholderText(!words                   ? tr("Erase continues the surroundings, no words needed")
                                 : mode == EditMode::Fill ? tr("What should be there?")
                                                          : tr("What should it look like?"));
    m_prompt->setToolTip(words ? tr("Prompt; Enter generates") : tr("Erase takes no prompt"));
    showHint();
}

QString TaskBar::prompt() const
{
    return takesWords() ? m_prompt->text().simplified() : m_otherPrompt;
}

// Words that Erase will not use are not shown there, and are back in the other modes.
void TaskBar::setPrompt(const QString& text)
{
    m_otherPrompt = text.simplified();
    m_prompt->setText(takesWords() ? text : QString());
}

int TaskBar::tallest() const
{
    const QMargins around = layout()->contentsMargins();
    return around.top() + m_candidates->sizeHint().height() + layout()->spacing() + m_generate->height() + around.bottom();
}

void TaskBar::setSuggestions(const QStringList& suggestions)
{
    m_suggestions = suggestions;
    m_completions->setStringList(suggestions);
    m_knownWords.clear();
    for (const QString& line : suggestions)
        m_knownWords += wordsOf(line);
    m_knownWords.removeDuplicates();
    showHint();
}

void TaskBar::focusPrompt()
{
    m_prompt->setFocus(Qt::ShortcutFocusReason);
    m_prompt->selectAll();
}

void TaskBar::showHint()
{
    bool known = m_suggestions.isEmpty() || m_mode != EditMode::Fill;
    const QStringList words = wordsOf(m_prompt->text());
    known = known || words.isEmpty();
    for (const QString& word : words)
        known = known || (!isFillWord(word) && knowsStart(m_knownWords, word));
    if (!known)
        m_hint->setText(tr("This model knows simple things such as “%1” or “%2”; type a few letters to see them. A "
                           "Stable Diffusion model knows more.")
                            .arg(m_suggestions[m_suggestions.size() / 7], m_suggestions[m_suggestions.size() / 3]));
    m_hint->setVisible(!known && !m_busy);
    Q_EMIT sizeChanged();
}

void TaskBar::setIdle()
{
    m_busy = false;
    m_generate->setFace(tr("Generate"), QStringLiteral("Ctrl ⏎"));
    m_generate->setToolTip(tr("Makes the new content (Ctrl+Enter, or Enter in the prompt)"));
    refreshRows();
}

void TaskBar::setBusy(const QString& text, double share)
{
    m_status->setText(text);
    m_progress->setRange(0, share < 0 ? 0 : 1000);
    m_progress->setValue(int(share * 1000));
    if (m_busy)
        return;
    m_busy = true;
    m_prompt->completer()->popup()->hide(); // it would take the Escape that is meant for the run
    m_generate->setFace(tr("Cancel"), QStringLiteral("Esc"));
    m_generate->setToolTip(tr("Stops the run (Esc)"));
    refreshRows();
}

void TaskBar::setCandidatesShown(bool shown)
{
    m_withCandidates = shown;
    refreshRows();
}

void TaskBar::refreshRows()
{
    m_candidates->setVisible(m_withCandidates);
    m_generate->setPrimary(!m_busy && !m_withCandidates); // one button leads: Keep, while something waits
    m_modeRow->setVisible(!m_withCandidates || m_busy);
    m_status->setVisible(m_busy);
    m_progress->setVisible(m_busy);
    showHint();
}

bool TaskBar::eventFilter(QObject* watched, QEvent* event)
{
    if (watched == m_prompt && event->type() == QEvent::KeyPress) {
        const auto* key = static_cast<QKeyEvent*>(event);
        const bool control = key->modifiers().testFlag(Qt::ControlModifier);
        if (key->key() == Qt::Key_Escape) {
            Q_EMIT escapePressed();
            return true;
        }
        // Ctrl+Enter is the Generate key everywhere; the line edit would take it as a plain Enter.
        if (control && (key->key() == Qt::Key_Return || key->key() == Qt::Key_Enter)) {
            Q_EMIT generateWanted();
            return true;
        }
        if (key->key() == Qt::Key_Down && m_prompt->text().isEmpty() && !m_suggestions.isEmpty()) {
            m_prompt->completer()->setCompletionPrefix({});
            m_prompt->completer()->complete();
            return true;
        }
    }
    return QWidget::eventFilter(watched, event);
}

void TaskBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const ThemeColors& colors = currentTheme();
    painter.setPen(QPen(colors.line, 1));
    painter.setBrush(colors.panel);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 12, 12);
}

} // namespace pentimento
