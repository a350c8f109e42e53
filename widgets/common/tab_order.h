// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

namespace pentimento {

/// Lets Tab go through all parts of `group`, in the order they were made in, right before `next`: what is made later comes
/// at the window's end otherwise.
inline void tabBefore(QWidget* next, QWidget* group)
{
    QWidget* before = next->previousInFocusChain();
    while (before->isAncestorOf(next)) // setTabOrder takes such a one for the last of its children
        before = before->previousInFocusChain();
    for (QWidget* part : group->findChildren<QWidget*>()) {
        if (part->focusPolicy() == Qt::NoFocus || part->focusProxy() || part->window() != next->window()) // a combo box's list
            continue;
        QWidget::setTabOrder(before, part);
        before = part;
    }
}

} // namespace pentimento
