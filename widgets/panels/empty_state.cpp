// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/empty_state.h"

#include "widgets/common/key_button.h"
#include "widgets/common/theme.h"

#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPainter>
#include <QPainterPath>
#include <QToolButton>
#include <QVBoxLayout>

namespace pentimento {
namespace {

QPixmap roundedThumbnail(const QImage& image, QSize size, double ratio)
{
    QPixmap pixmap(size * ratio);
    pixmap.setDevicePixelRatio(ratio);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    QPainterPath path;
    path.addRoundedRect(QRectF(QPointF(0, 0), size), 6, 6);
    painter.setClipPath(path);
    const QSizeF shown = QSizeF(image.size()).scaled(size, Qt::KeepAspectRatioByExpanding);
    painter.drawImage(
        QRectF((size.width() - shown.width()) / 2, (size.height() - shown.height()) / 2, shown.width(), shown.height()), image);
    return pixmap;
}

} // namespace

EmptyState::EmptyState(bool withSample, QWidget* parent)
    : QWidget(parent), m_area(new QWidget(this)), m_title(new QLabel(this)), m_recentTitle(new QLabel(tr("Recent"), this)),
      m_recent(new QHBoxLayout)
{
    auto* column = new QVBoxLayout(this);
    column->addStretch(2);
    column->addWidget(m_area, 0, Qt::AlignHCenter);
    column->addStretch(2);
    auto* foot =
        new QLabel(tr("Paint over what should change · say what should be there, or press Erase · keep what you like"), this);
    foot->setObjectName(QStringLiteral("muted"));
    column->addWidget(foot, 0, Qt::AlignHCenter);
    column->addSpacing(40);

    m_area->setMinimumWidth(560);
    auto* inside = new QVBoxLayout(m_area);
    inside->setContentsMargins(48, 52, 48, 52);
    inside->setSpacing(12);
    m_title->setObjectName(QStringLiteral("dropTitle"));
    auto* sub = new QLabel(tr("or paste one with Ctrl V. Nothing leaves this computer unless you choose a server."), m_area);
    sub->setObjectName(QStringLiteral("muted"));
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    auto* open = new KeyButton(tr("Open…"), QStringLiteral("Ctrl O"), m_area);
    open->setPrimary(true);
    open->setToolTip(tr("Opens a picture (Ctrl+O)"));
    buttons->addStretch();
    buttons->addWidget(open);
    if (withSample) {
        auto* sample = new KeyButton(tr("Try the sample"), {}, m_area);
        sample->setToolTip(tr("Opens a photo that came with the system; the file itself is never changed"));
        buttons->addWidget(sample);
        connect(sample, &QPushButton::clicked, this, &EmptyState::sampleWanted);
    }
    buttons->addStretch();
    m_recentTitle->setObjectName(QStringLiteral("muted"));
    m_recent->setSpacing(12);
    inside->addWidget(m_title, 0, Qt::AlignHCenter);
    inside->addWidget(sub, 0, Qt::AlignHCenter);
    inside->addSpacing(4);
    inside->addLayout(buttons);
    inside->addSpacing(18);
    inside->addWidget(m_recentTitle, 0, Qt::AlignHCenter);
    auto* centred = new QHBoxLayout;
    centred->addStretch();
    centred->addLayout(m_recent);
    centred->addStretch();
    inside->addLayout(centred);
    connect(open, &QPushButton::clicked, this, &EmptyState::openWanted);
    setBusy({});
    setRecent({});
}

void EmptyState::setRecent(const QStringList& paths)
{
    while (QLayoutItem* item = m_recent->takeAt(0)) {
        item->widget()->deleteLater();
        delete item;
    }
    m_recentTitle->setVisible(!paths.isEmpty());
    for (const QString& path : paths.mid(0, 3)) {
        auto* button = new QToolButton(m_area);
        button->setObjectName(QStringLiteral("recent"));
        button->setProperty("path", path);
        button->setFixedSize(thumbnailSize());
        button->setIconSize(thumbnailSize());
        button->setToolTip(path);
        button->setAccessibleName(tr("Open %1").arg(QFileInfo(path).fileName()));
        button->setText(QFileInfo(path).fileName());
        connect(button, &QToolButton::clicked, this, [this, path] { Q_EMIT recentWanted(path); });
        m_recent->addWidget(button);
    }
}

void EmptyState::setThumbnail(const QString& path, const QImage& image)
{
    for (int i = 0; i < m_recent->count(); ++i) {
        auto* button = qobject_cast<QToolButton*>(m_recent->itemAt(i)->widget());
        if (button && button->property("path").toString() == path)
            button->setIcon(roundedThumbnail(image, thumbnailSize(), devicePixelRatioF()));
    }
}

void EmptyState::setBusy(const QString& text)
{
    m_title->setText(text.isEmpty() ? tr("Drop a picture here") : text);
}

void EmptyState::setDropHover(bool hovering)
{
    m_hover = hovering;
    update();
}

void EmptyState::paintEvent(QPaintEvent*)
{
    QPainter painter(this);
    const ThemeColors& colors = currentTheme();
    painter.fillRect(rect(), colors.surface);
    painter.setRenderHint(QPainter::Antialiasing);
    QPen pen(m_hover ? colors.accent : colors.muted, m_hover ? 2 : 1);
    pen.setDashPattern({4, 4});
    painter.setPen(pen);
    painter.drawRoundedRect(QRectF(m_area->geometry()).adjusted(1, 1, -1, -1), 14, 14);
}

} // namespace pentimento
