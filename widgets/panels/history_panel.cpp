// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/history_panel.h"

#include "widgets/common/theme.h"

#include <QListWidget>
#include <QSignalBlocker>
#include <QUndoStack>
#include <QVBoxLayout>

namespace pentimento {

HistoryPanel::HistoryPanel(const QUndoStack& stack, QWidget* parent)
    : QWidget(parent), m_stack(stack), m_list(new QListWidget(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 4, 14, 12);
    column->addWidget(m_list);
    m_list->setObjectName(QStringLiteral("history"));
    m_list->setAccessibleName(tr("History"));
    m_list->setToolTip(tr("A click goes back, or forward again, to that step"));
    m_list->setFocusPolicy(Qt::TabFocus); // a click leaves the keyboard with the canvas
    connect(&m_stack, &QUndoStack::indexChanged, this, &HistoryPanel::fill);
    connect(&m_stack, &QUndoStack::cleanChanged, this, &HistoryPanel::fill);
    connect(m_list, &QListWidget::currentRowChanged, this, [this](int row) {
        if (row >= 0 && row != m_stack.index())
            Q_EMIT indexWanted(row);
    });
    fill();
}

void HistoryPanel::fill()
{
    const QSignalBlocker quiet(m_list);
    const int rows = m_stack.count() + 1;
    while (m_list->count() > rows)
        delete m_list->takeItem(m_list->count() - 1);
    for (int row = 0; row < rows; ++row) {
        const QString text = row == 0 ? tr("Opened") : m_stack.text(row - 1);
        if (row < m_list->count())
            m_list->item(row)->setText(text);
        else
            m_list->addItem(text);
    }
    mark();
}

void HistoryPanel::mark()
{
    for (int row = 0; row < m_list->count(); ++row)
        m_list->item(row)->setForeground(row > m_stack.index() ? currentTheme().muted : currentTheme().text);
    m_list->setCurrentRow(m_stack.index());
    m_list->scrollToItem(m_list->item(m_stack.index()));
}

} // namespace pentimento
