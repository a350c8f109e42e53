// SPDX-License-Identifier: Apache-2.0
#include "app/window/action_set.h"

#include <QAbstractItemView>
#include <QAbstractSlider>
#include <QAbstractSpinBox>
#include <QAction>
#include <QApplication>
#include <QComboBox>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QTextEdit>

namespace pentimento {
namespace {

bool isTextField(const QObject* widget)
{
    return qobject_cast<const QLineEdit*>(widget) || qobject_cast<const QTextEdit*>(widget) ||
           qobject_cast<const QPlainTextEdit*>(widget) || qobject_cast<const QAbstractSpinBox*>(widget);
}

/// A combo box's list or a menu that is open.
bool isInPopup(const QObject* object)
{
    const auto* widget = qobject_cast<const QWidget*>(object);
    return widget && QApplication::activePopupWidget() && widget->window() == QApplication::activePopupWidget();
}

/// Widgets that arrow keys change.
bool takesArrows(const QObject* widget)
{
    return qobject_cast<const QAbstractSlider*>(widget) || qobject_cast<const QComboBox*>(widget) ||
           qobject_cast<const QAbstractItemView*>(widget);
}

} // namespace

ActionSet::ActionSet(QWidget& window) : QObject(&window), m_window(window)
{
    for (const ActionSpec& spec : actionTable()) {
        auto* action = new QAction(actionText(spec), &window);
        action->setToolTip(actionTip(spec));
        action->setStatusTip(QString());
        if (!spec.held)
            action->setShortcuts(spec.keys);
        action->setShortcutContext(Qt::WindowShortcut);
        window.addAction(action);
        m_actions[spec.id] = action;
    }
    qApp->installEventFilter(this);
}

void ActionSet::on(ActionId id, std::function<void()> act)
{
    connect(m_actions.at(id), &QAction::triggered, this, std::move(act));
}

bool ActionSet::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ShortcutOverride) {
        auto* key = static_cast<QKeyEvent*>(event);
        const bool arrow = key->key() >= Qt::Key_Left && key->key() <= Qt::Key_Down;
        const bool typing = isTypingKey(QKeySequence(key->keyCombination()));
        if (typing && isInPopup(watched)) {
            event->accept(); // a list closes itself at this event; then the key would be a shortcut of the window
            return false;
        }
        if ((typing && isTextField(watched)) || (arrow && takesArrows(watched))) {
            // The field gets the key, and only it.
            event->accept();
            return true;
        }
        return false;
    }
    const bool press = event->type() == QEvent::KeyPress;
    if (!press && event->type() != QEvent::KeyRelease)
        return false;
    const auto* key = static_cast<QKeyEvent*>(event);
    if (key->key() != Qt::Key_Backslash || key->isAutoRepeat() || !m_window.isActiveWindow())
        return false;
    if (press ? !isTextField(QApplication::focusWidget()) && !m_comparing : m_comparing) {
        m_comparing = press;
        Q_EMIT held(ActionId::Compare, press);
        return true;
    }
    return false;
}

} // namespace pentimento
