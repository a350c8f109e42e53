// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/window/action_table.h"

#include <QObject>

#include <functional>
#include <map>

class QAction;
class QWidget;

namespace pentimento {

/// The window's QActions, made from the table. Keys without Ctrl or Alt act only while no text field has the focus;
/// held keys are reported as pressed and released.
class ActionSet : public QObject {
    Q_OBJECT
public:
    explicit ActionSet(QWidget& window);
    QAction* operator[](ActionId id) const { return m_actions.at(id); }
    void on(ActionId id, std::function<void()> act);

Q_SIGNALS:
    void held(ActionId id, bool down);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget& m_window;
    std::map<ActionId, QAction*> m_actions;
    bool m_comparing = false;
};

} // namespace pentimento
