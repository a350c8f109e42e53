// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/tool_strip.h"

#include "widgets/common/theme.h"

#include <QAction>
#include <QFrame>
#include <QPainter>
#include <QToolButton>
#include <QVBoxLayout>

namespace pentimento {

ToolStrip::ToolStrip(ToolOptions& tools, QWidget* parent) : QWidget(parent), m_tools(tools)
{
    setObjectName(QStringLiteral("toolStrip"));
    setAttribute(Qt::WA_StyledBackground);
    setFixedWidth(48);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(7, 10, 7, 10);
    column->setSpacing(6);
    connect(&m_tools, &ToolOptions::changed, this, &ToolStrip::showState);
    connect(&m_tools, &ToolOptions::overlayChanged, this, &ToolStrip::showState);
}

void ToolStrip::addTool(QAction* action, const QString& icon, Tool tool)
{
    auto* button = new QToolButton(this);
    button->setFixedSize(34, 34);
    button->setIconSize({20, 20});
    button->setCheckable(true);
    button->setFocusPolicy(Qt::TabFocus);
    button->setToolTip(action->toolTip());
    button->setAccessibleName(action->iconText());
    connect(button, &QToolButton::clicked, this, [this, action] {
        action->trigger();
        showState();
    });
    layout()->addWidget(button);
    m_entries.append({button, icon, tool});
    showState();
}

void ToolStrip::addSpace()
{
    auto* line = new QFrame(this);
    line->setFixedHeight(1);
    line->setObjectName(QStringLiteral("separator"));
    layout()->addWidget(line);
}

void ToolStrip::finish()
{
    m_color = new QToolButton(this); // after the tools, also for Tab
    m_color->setToolTip(tr("Colour and opacity of the mask on the canvas"));
    m_color->setAccessibleName(tr("Mask colour"));
    m_color->setFocusPolicy(Qt::TabFocus);
    m_color->setFixedSize(34, 34);
    connect(m_color, &QToolButton::clicked, this, &ToolStrip::colorWanted);
    layout()->addWidget(m_color);
    static_cast<QVBoxLayout*>(layout())->addStretch();
    showState();
}

void ToolStrip::refreshIcons()
{
    showState();
}

void ToolStrip::showState()
{
    for (const Entry& entry : std::as_const(m_entries)) {
        const bool inHand = entry.tool == m_tools.tool();
        entry.button->setChecked(inHand);
        entry.button->setIcon(themedIcon(entry.icon, inHand ? currentTheme().onAccent : currentTheme().text));
    }
    if (!m_color)
        return;
    QPixmap dot(40, 40);
    dot.setDevicePixelRatio(2);
    dot.fill(Qt::transparent);
    QPainter painter(&dot);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(m_tools.overlayColor());
    painter.drawEllipse(QRectF(1, 1, 18, 18));
    m_color->setIcon(dot);
    m_color->setIconSize({20, 20});
}

} // namespace pentimento
