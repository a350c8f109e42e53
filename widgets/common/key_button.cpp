// SPDX-License-Identifier: Apache-2.0
#include "widgets/common/key_button.h"

#include <QFontMetrics>
#include <QStyle>
#include <QStyleOptionButton>
#include <QStylePainter>

namespace pentimento {
namespace {
constexpr int sideSpace = 12;
constexpr int capSpace = 8;
constexpr int capPadding = 5;
} // namespace

KeyButton::KeyButton(const QString& text, const QString& key, QWidget* parent) : QPushButton(parent)
{
    setFocusPolicy(Qt::TabFocus);
    setFace(text, key);
}

void KeyButton::setFace(const QString& text, const QString& key)
{
    m_text = text;
    m_key = key;
    setAccessibleName(text);
    updateGeometry();
    update();
}

void KeyButton::setPrimary(bool primary)
{
    setProperty("primary", primary);
    style()->unpolish(this);
    style()->polish(this);
}

QFont KeyButton::keyFont() const
{
    QFont small = font();
    small.setPixelSize(11);
    small.setBold(false);
    return small;
}

int KeyButton::capWidth() const
{
    return m_key.isEmpty() ? 0 : std::max(20, QFontMetrics(keyFont()).horizontalAdvance(m_key) + 2 * capPadding);
}

QSize KeyButton::sizeHint() const
{
    ensurePolished();
    const int text = QFontMetrics(font()).horizontalAdvance(m_text);
    const int between = !m_key.isEmpty() && text > 0 ? capSpace : 0;
    return {2 * sideSpace + text + between + capWidth(), 34};
}

void KeyButton::paintEvent(QPaintEvent*)
{
    QStylePainter painter(this);
    QStyleOptionButton option;
    initStyleOption(&option);
    option.text.clear();
    painter.drawControl(QStyle::CE_PushButton, option);

    const QFontMetrics metrics(font());
    const int textWidth = metrics.horizontalAdvance(m_text);
    const int between = !m_key.isEmpty() && textWidth > 0 ? capSpace : 0;
    int x = (width() - textWidth - between - capWidth()) / 2;
    const auto group = isEnabled() ? QPalette::Active : QPalette::Disabled;
    const QColor ink =
        property("primary").toBool() && isEnabled() ? QColor(Qt::white) : palette().color(group, QPalette::ButtonText);
    painter.setPen(ink);
    painter.drawText(QRect(x, 0, textWidth + 1, height()), Qt::AlignVCenter | Qt::AlignLeft, m_text);
    if (m_key.isEmpty())
        return;
    x += textWidth + between;
    const QRectF cap(x + 0.5, (height() - 18) / 2 + 0.5, capWidth() - 1, 17);
    QColor fill = ink;
    fill.setAlpha(34);
    QColor faint = ink;
    faint.setAlpha(isEnabled() ? 200 : 110);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(fill);
    painter.drawRoundedRect(cap, 4, 4);
    painter.setPen(faint);
    painter.setFont(keyFont());
    painter.drawText(cap, Qt::AlignCenter, m_key);
}

} // namespace pentimento
