// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/candidate_strip.h"

#include "widgets/common/key_button.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>

namespace pentimento {
namespace {

constexpr int mostThumbnails = 5;
constexpr int thumbnailWidth = 48;
constexpr int thumbnailSpace = 6;
constexpr int roomForButtons = 310; // what else is in the row

KeyButton* keyButton(const QString& text, const QString& key, const QString& tip, QWidget* parent)
{
    auto* button = new KeyButton(text, key, parent);
    button->setToolTip(tip);
    return button;
}

} // namespace

CandidateStrip::CandidateStrip(QWidget* parent) : QWidget(parent), m_thumbnails(new QHBoxLayout), m_position(new QLabel(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    auto* upper = new QHBoxLayout;
    auto* lower = new QHBoxLayout;
    upper->setSpacing(8);
    lower->setSpacing(8);
    column->addLayout(upper);
    column->addLayout(lower);

    auto* previous = keyButton(QStringLiteral("‹"), QStringLiteral("←"), tr("Previous result (Left)"), this);
    auto* next = keyButton(QStringLiteral("›"), QStringLiteral("→"), tr("Next result (Right)"), this);
    previous->setAccessibleName(tr("Previous result"));
    next->setAccessibleName(tr("Next result"));
    m_steppers = {previous, next};
    m_thumbnails->setSpacing(thumbnailSpace);
    m_position->setObjectName(QStringLiteral("muted"));
    m_position->setMinimumWidth(1); // in a narrow window words give way, not buttons
    auto* compare = keyButton(tr("Compare"), tr("hold \\"), tr("Shows the picture without the result while held (\\)"), this);
    upper->addWidget(previous);
    upper->addLayout(m_thumbnails);
    upper->addWidget(next);
    upper->addWidget(m_position);
    upper->addStretch();
    upper->addWidget(compare);

    auto* discard = keyButton(tr("Discard"), QStringLiteral("⌫"), tr("Throws this result away (Backspace)"), this);
    auto* again = keyButton(tr("Again"), QStringLiteral("Ctrl R"), tr("Same request with another seed (Ctrl+R)"), this);
    auto* waiting = new QLabel(tr("not in the picture until you keep it"), this);
    waiting->setObjectName(QStringLiteral("muted"));
    waiting->setMinimumWidth(1);
    auto* keep = keyButton(tr("Keep"), QStringLiteral("⏎"), tr("Puts this result into the picture (Enter)"), this);
    keep->setPrimary(true);
    lower->addWidget(discard);
    lower->addWidget(again);
    lower->addStretch();
    lower->addWidget(waiting);
    lower->addStretch();
    lower->addWidget(keep);

    connect(previous, &QPushButton::clicked, this, &CandidateStrip::previousWanted);
    connect(next, &QPushButton::clicked, this, &CandidateStrip::nextWanted);
    connect(discard, &QPushButton::clicked, this, &CandidateStrip::discardWanted);
    connect(again, &QPushButton::clicked, this, &CandidateStrip::againWanted);
    connect(keep, &QPushButton::clicked, this, &CandidateStrip::keepWanted);
    connect(compare, &QPushButton::pressed, this, [this] { Q_EMIT compareHeld(true); });
    connect(compare, &QPushButton::released, this, [this] { Q_EMIT compareHeld(false); });
}

void CandidateStrip::show(const QList<QImage>& thumbnails, int current, quint64 seed)
{
    while (QLayoutItem* item = m_thumbnails->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    const int count = int(thumbnails.size());
    const int room = (parentWidget() ? parentWidget()->width() : width()) - roomForButtons;
    const int most = std::clamp(room / (thumbnailWidth + thumbnailSpace), 0, mostThumbnails);
    const int first = std::clamp(current - most / 2, 0, std::max(0, count - most));
    for (int i = first; i < std::min(count, first + most); ++i) {
        auto* button = new QToolButton(this);
        button->setObjectName(QStringLiteral("thumbnail"));
        button->setCheckable(true);
        button->setChecked(i == current);
        button->setFocusPolicy(Qt::NoFocus);
        button->setFixedSize(thumbnailWidth, 34);
        button->setIconSize({44, 30});
        button->setIcon(QPixmap::fromImage(thumbnails[i]));
        button->setToolTip(tr("Result %1 of %2").arg(i + 1).arg(count));
        button->setAccessibleName(button->toolTip());
        connect(button, &QToolButton::clicked, this, [this, i] { Q_EMIT chosen(i); });
        m_thumbnails->addWidget(button);
    }
    for (QWidget* stepper : std::as_const(m_steppers))
        stepper->setEnabled(count > 1);
    m_position->setText(tr("%1 of %2 · seed %3").arg(current + 1).arg(count).arg(seed));
}

} // namespace pentimento
