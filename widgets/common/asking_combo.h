// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QComboBox>
#include <QIcon>

namespace pentimento {

/// A combo box whose last entries are no values but ask for one, as "Choose a file…". They are reached from the list only:
/// arrow keys stop at the last value and the wheel is left to what scrolls. The value stays until there is another.
class AskingCombo : public QComboBox {
    Q_OBJECT
public:
    explicit AskingCombo(QWidget* parent = nullptr);

    struct Entry {
        QString text;
        QVariant data;
        QString toolTip;
        QIcon icon;
    };
    /// Shows `value` (an index, -1: none). Emits nothing.
    void setEntries(const QList<Entry>& values, const QStringList& asking, int value);
    int value() const { return m_value; }

Q_SIGNALS:
    void chosen(int value);
    void asked(int which); ///< index in `asking`

protected:
    void wheelEvent(QWheelEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void take(int index);
    int m_values = 0;
    int m_asking = 0;
    int m_value = -1;
};

} // namespace pentimento
