// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/common/edit_mode.h"

#include <QList>
#include <QWidget>

class QVBoxLayout;

namespace pentimento {

/// The LoRAs of the next run, a weight each. Files come by the button or are dropped here.
class LoraList : public QWidget {
    Q_OBJECT
public:
    explicit LoraList(QWidget* parent = nullptr);

    const QList<LoraWeight>& loras() const { return m_loras; }
    void setLoras(const QList<LoraWeight>& loras); ///< without edited()
    void add(const QString& path);                 ///< one that is there already stays as it is

Q_SIGNALS:
    void fileWanted();
    void edited();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void showRows();
    QWidget* makeRow(qsizetype index);

    QList<LoraWeight> m_loras;
    QList<QWidget*> m_rows;
    QVBoxLayout* m_column;
    QWidget* m_add;
};

} // namespace pentimento
