// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/scrolled_panel.h"

#include <QEvent>
#include <QLayout>

#include <algorithm>

namespace pentimento {

ScrolledPanel::ScrolledPanel(QWidget* body, Height height, QWidget* parent) : QScrollArea(parent), m_height(height)
{
    setFrameShape(QFrame::NoFrame);
    setWidgetResizable(true);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    body->setObjectName(QStringLiteral("dockBody"));
    body->setAttribute(Qt::WA_StyledBackground);
    setWidget(body);
}

bool ScrolledPanel::eventFilter(QObject* watched, QEvent* event)
{
    const bool handled = QScrollArea::eventFilter(watched, event);
    if ((watched == widget() && event->type() == QEvent::LayoutRequest) ||
        (watched == window() && event->type() == QEvent::Resize))
        fit();
    return handled;
}

void ScrolledPanel::showEvent(QShowEvent* event)
{
    window()->installEventFilter(this);
    fit();
    QScrollArea::showEvent(event);
}

void ScrolledPanel::resizeEvent(QResizeEvent* event)
{
    QScrollArea::resizeEvent(event);
    fit(); // texts break elsewhere
}

void ScrolledPanel::fit()
{
    if (m_height == Height::Free)
        return;
    const QLayout* content = widget()->layout();
    const int needed =
        content->hasHeightForWidth() ? content->totalHeightForWidth(viewport()->width()) : content->totalSizeHint().height();
    setFixedHeight(std::min(needed, window()->height() * 2 / 3));
}

} // namespace pentimento
