// SPDX-License-Identifier: Apache-2.0
#include "widgets/common/asking_combo.h"

#include <QKeyEvent>
#include <QSignalBlocker>
#include <QWheelEvent>

namespace pentimento {

AskingCombo::AskingCombo(QWidget* parent) : QComboBox(parent)
{
    setFocusPolicy(Qt::TabFocus);
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumHeight(31); // with the style sheet's padding the hint is too low
    connect(this, &QComboBox::currentIndexChanged, this, &AskingCombo::take);
}

void AskingCombo::setEntries(const QList<Entry>& values, const QStringList& asking, int value)
{
    const QSignalBlocker quiet(this);
    clear();
    for (const Entry& entry : values) {
        addItem(entry.icon, entry.text, entry.data);
        if (!entry.toolTip.isEmpty())
            setItemData(count() - 1, entry.toolTip, Qt::ToolTipRole);
    }
    if (!values.isEmpty())
        insertSeparator(count());
    addItems(asking);
    m_values = int(values.size());
    m_asking = int(asking.size());
    m_value = value;
    setCurrentIndex(value);
}

void AskingCombo::take(int index)
{
    if (index < m_values) {
        m_value = index;
        Q_EMIT chosen(index);
        return;
    }
    {
        const QSignalBlocker quiet(this);
        setCurrentIndex(m_value);
    }
    Q_EMIT asked(index - (count() - m_asking));
}

void AskingCombo::wheelEvent(QWheelEvent* event)
{
    event->ignore();
}

void AskingCombo::keyPressEvent(QKeyEvent* event)
{
    const bool toEnd = event->key() == Qt::Key_End || event->key() == Qt::Key_PageDown;
    if (toEnd)
        return setCurrentIndex(m_values - 1);
    if (event->key() == Qt::Key_Down && event->modifiers() == Qt::NoModifier && m_value + 1 >= m_values)
        return;
    QComboBox::keyPressEvent(event);
}

} // namespace pentimento
