// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/notice_bar.h"

#include "widgets/common/theme.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPushButton>
#include <QToolButton>
#include <QVBoxLayout>

namespace pentimento {

NoticeBar::NoticeBar(QWidget* parent)
    : QWidget(parent), m_text(new QLabel(this)), m_buttonRow(new QWidget(this)), m_buttons(new QHBoxLayout(m_buttonRow))
{
    setObjectName(QStringLiteral("notice"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(14, 12, 10, 12);
    auto* column = new QVBoxLayout;
    column->setSpacing(8);
    m_text->setWordWrap(true);
    m_text->setObjectName(QStringLiteral("noticeText"));
    m_buttons->setContentsMargins(0, 0, 0, 0);
    m_buttons->setSpacing(6);
    column->addWidget(m_text);
    column->addWidget(m_buttonRow);
    auto* close = new QToolButton(this);
    close->setText(QStringLiteral("✕"));
    close->setObjectName(QStringLiteral("noticeClose"));
    close->setToolTip(tr("Close this message"));
    close->setAccessibleName(tr("Close this message"));
    close->setFocusPolicy(Qt::TabFocus);
    row->addLayout(column, 1);
    row->addWidget(close, 0, Qt::AlignTop);
    connect(close, &QToolButton::clicked, this, [this] {
        hide();
        Q_EMIT closed();
    });
    hide();
}

void NoticeBar::showNotice(const QString& title, const QString& text, const QString& details, const QList<Choice>& choices)
{
    m_title = title;
    m_details = details;
    m_text->setText(QStringLiteral("<b>%1</b> %2").arg(title.toHtmlEscaped(), text.toHtmlEscaped()));
    m_text->setAccessibleName(title + u' ' + text);
    while (QLayoutItem* item = m_buttons->takeAt(0)) {
        if (item->widget())
            item->widget()->deleteLater();
        delete item;
    }
    for (const Choice& choice : choices) {
        addButton(choice.text, [this, act = choice.act] {
            hide();
            act();
        });
    }
    if (!details.isEmpty())
        addButton(tr("Copy details"), [this] { QGuiApplication::clipboard()->setText(m_details); });
    m_buttonRow->setVisible(m_buttons->count() > 0);
    m_buttons->addStretch();
    show();
    raise();
    Q_EMIT sizeChanged();
}

void NoticeBar::addButton(const QString& text, std::function<void()> act)
{
    auto* button = new QPushButton(text, m_buttonRow);
    button->setObjectName(QStringLiteral("noticeButton"));
    button->setFocusPolicy(Qt::TabFocus);
    button->setAccessibleName(text);
    button->setToolTip(text);
    connect(button, &QPushButton::clicked, this, std::move(act));
    m_buttons->addWidget(button);
}

void NoticeBar::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(currentTheme().noticeButton, 1));
    painter.setBrush(currentTheme().notice);
    painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 10, 10);
}

} // namespace pentimento
