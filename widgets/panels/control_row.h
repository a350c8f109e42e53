// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/common/edit_mode.h"

#include <QFrame>
#include <QList>

class QLabel;
class QSpinBox;
class QToolButton;

namespace pentimento {

class AskingCombo;
class SliderRow;

/// What a row has to choose from.
struct ControlOffer {
    QList<ControlNetChoice> choices;
    QString place;  ///< where ControlNets are put, for people
    QString family; ///< of the model in use; empty: not known
};

/// One ControlNet of the next run: which, what it looks at, how strongly and when. A picture file dropped on it becomes what it
/// looks at.
class ControlRow : public QFrame {
    Q_OBJECT
public:
    ControlRow(const ControlSetting& setting, const ControlOffer& offer, QWidget* parent = nullptr);

    const ControlSetting& setting() const { return m_setting; }
    void setModel(const QString& path);
    void setPicture(const QString& path); ///< and has the network look at it
    void setOffer(const ControlOffer& offer);
    bool isShown() const; ///< over the canvas
    void setShown(bool shown);

Q_SIGNALS:
    void edited();
    void shownToggled(bool shown);
    void modelFileWanted();
    void modelFolderWanted();
    void pictureWanted();
    void removeWanted();

protected:
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dropEvent(QDropEvent* event) override;

private:
    void showModel();
    void describeModel();
    void showLook();
    void showSpan();

    ControlSetting m_setting;
    ControlOffer m_offer;
    AskingCombo* m_model;
    AskingCombo* m_look;
    SliderRow* m_scale;
    QSpinBox* m_start;
    QSpinBox* m_end;
    QToolButton* m_eye;
    QLabel* m_hint;
};

} // namespace pentimento
