// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/canvas_area.h"

#include "widgets/canvas/canvas_widget.h"
#include "widgets/panels/empty_state.h"
#include "widgets/panels/notice_bar.h"
#include "widgets/panels/task_bar.h"

#include <QEvent>
#include <QLayout>

#include <algorithm>

namespace pentimento {
namespace {
constexpr int barWidth = 740;
constexpr int noticeWidth = 620;
constexpr int edge = 16; // from the canvas' border, widget units
} // namespace

CanvasArea::CanvasArea(CanvasWidget* canvas, EmptyState* empty, TaskBar* bar, NoticeBar* notice, QWidget* parent)
    : QWidget(parent), m_canvas(canvas), m_empty(empty), m_bar(bar), m_notice(notice)
{
    for (QWidget* part :
         {static_cast<QWidget*>(canvas), static_cast<QWidget*>(empty), static_cast<QWidget*>(bar), static_cast<QWidget*>(notice)})
        part->setParent(this);
    // Their sizes settle when their layouts do, not when they ask.
    const auto later = [this] { QMetaObject::invokeMethod(this, &CanvasArea::place, Qt::QueuedConnection); };
    connect(bar, &TaskBar::sizeChanged, this, later);
    connect(notice, &NoticeBar::sizeChanged, this, later);
    showPicture(false);
}

void CanvasArea::showPicture(bool shown)
{
    m_canvas->setVisible(shown);
    m_bar->setVisible(shown);
    m_empty->setVisible(!shown);
    place();
}

void CanvasArea::resizeEvent(QResizeEvent*)
{
    place();
}

bool CanvasArea::event(QEvent* event)
{
    if (event->type() == QEvent::LayoutRequest)
        place();
    return QWidget::event(event);
}

void CanvasArea::place()
{
    m_canvas->setGeometry(rect());
    m_empty->setGeometry(rect());
    const auto settle = [this](QWidget* panel, int wanted) {
        panel->layout()->activate();
        const int w = std::min(wanted, width() - 2 * edge);
        const int h = panel->layout()->hasHeightForWidth() ? panel->layout()->totalHeightForWidth(w) : panel->sizeHint().height();
        return QSize(w, h);
    };
    const QSize bar = settle(m_bar, barWidth);
    // A fitted picture lies clear of the bar, also when a result makes it higher: it must not move or hide just then.
    const int below = std::min(m_bar->tallest() + edge, height() / 3) + 8;
    m_canvas->setFitMargins({24, 24, 24, below});
    m_bar->setGeometry((width() - bar.width()) / 2, height() - bar.height() - edge, bar.width(), bar.height());
    const QSize notice = settle(m_notice, noticeWidth);
    m_notice->setGeometry((width() - notice.width()) / 2, edge, notice.width(), notice.height());
    m_bar->raise();
    m_notice->raise();
}

} // namespace pentimento
