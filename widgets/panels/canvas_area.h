// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

namespace pentimento {

class CanvasWidget;
class EmptyState;
class NoticeBar;
class TaskBar;

/// The middle of the window: the canvas or the empty state, with the task bar and notices floating above.
class CanvasArea : public QWidget {
    Q_OBJECT
public:
    CanvasArea(CanvasWidget* canvas, EmptyState* empty, TaskBar* bar, NoticeBar* notice, QWidget* parent = nullptr);
    void showPicture(bool shown);

protected:
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

private:
    void place();
    CanvasWidget* m_canvas;
    EmptyState* m_empty;
    TaskBar* m_bar;
    NoticeBar* m_notice;
};

} // namespace pentimento
