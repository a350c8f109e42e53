// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QListWidget;
class QUndoStack;

namespace pentimento {

/// The steps of an undo stack, oldest first, with those that were taken back. A click asks to go to a step.
class HistoryPanel : public QWidget {
    Q_OBJECT
public:
    explicit HistoryPanel(const QUndoStack& stack, QWidget* parent = nullptr);

Q_SIGNALS:
    void indexWanted(int index); ///< of the stack: this many steps are done

private:
    void fill();
    void mark();

    const QUndoStack& m_stack;
    QListWidget* m_list;
};

} // namespace pentimento
