// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/panels/control_row.h"

#include <QList>
#include <QWidget>

class QVBoxLayout;

namespace pentimento {

/// The ControlNets of the next run, whose effects add up. Models come by the button or are dropped here; at most one control is
/// shown over the canvas.
class ControlList : public QWidget {
    Q_OBJECT
public:
    explicit ControlList(QWidget* parent = nullptr);

    QList<ControlSetting> controls() const;
    void setControls(const QList<ControlSetting>& controls); ///< without edited(); none is shown
    void add(const QString& modelPath);                      ///< empty: none is chosen yet
    void setModel(ControlRow* row, const QString& path);     ///< nothing when the row is gone
    void setPicture(ControlRow* row, const QString& path);
    /// What there is to choose from, and where more can be put, for people.
    void setChoices(const QList<ControlNetChoice>& choices, const QString& place);
    void setFamily(const QString& family);       ///< of the model in use: a new row takes one of it, others are told apart
    std::optional<ControlSetting> shown() const; ///< over the canvas
    void setShown(int index);                    ///< -1: none

Q_SIGNALS:
    void edited();
    void shownChanged();
    void modelWanted(ControlRow* row, bool folder);
    void pictureWanted(ControlRow* row);

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void addRow(const ControlSetting& setting);
    void remove(ControlRow* row);
    void showOnly(ControlRow* row);
    void passOffer();
    QString preferredModel() const;

    QList<ControlRow*> m_rows;
    ControlOffer m_offer;
    QVBoxLayout* m_column;
    QWidget* m_add;
};

} // namespace pentimento
