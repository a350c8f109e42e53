// SPDX-License-Identifier: Apache-2.0
#include "widgets/common/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QPainter>
#include <QPalette>
#include <QStyleFactory>
#include <QSvgRenderer>

namespace pentimento {
namespace {

ThemeColors& active()
{
    static ThemeColors colors = themeColors(true);
    return colors;
}

QPalette paletteFor(const ThemeColors& c)
{
    QPalette palette;
    palette.setColor(QPalette::Window, c.panel);
    palette.setColor(QPalette::WindowText, c.text);
    palette.setColor(QPalette::Base, c.field);
    palette.setColor(QPalette::AlternateBase, c.panel);
    palette.setColor(QPalette::Text, c.text);
    palette.setColor(QPalette::Button, c.raised);
    palette.setColor(QPalette::ButtonText, c.text);
    palette.setColor(QPalette::BrightText, c.danger);
    palette.setColor(QPalette::Highlight, c.accent);
    palette.setColor(QPalette::HighlightedText, c.onAccent);
    palette.setColor(QPalette::ToolTipBase, c.raised);
    palette.setColor(QPalette::ToolTipText, c.text);
    palette.setColor(QPalette::PlaceholderText, c.muted);
    palette.setColor(QPalette::Link, c.accent);
    palette.setColor(QPalette::Mid, c.line);
    palette.setColor(QPalette::Dark, c.line);
    for (const auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
        QColor faint = c.muted;
        faint.setAlpha(140);
        palette.setColor(QPalette::Disabled, role, faint);
    }
    return palette;
}

QString styleSheetFor(const ThemeColors& c)
{
    QFile file(QStringLiteral(":/styles/pentimento.qss"));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    QString sheet = QString::fromUtf8(file.readAll());
    const std::pair<const char*, QColor> names[] = {
        {"@surface", c.surface},
        {"@panel", c.panel},
        {"@raisedHover", c.raisedHover},
        {"@raised", c.raised},
        {"@field", c.field},
        {"@line", c.line},
        {"@text", c.text},
        {"@muted", c.muted},
        {"@accentHover", c.accentHover},
        {"@accent", c.accent},
        {"@onAccent", c.onAccent},
        {"@noticeText", c.noticeText},
        {"@noticeButton", c.noticeButton},
        {"@notice", c.notice},
        {"@danger", c.danger},
    };
    for (const auto& [name, color] : names)
        sheet.replace(QString::fromLatin1(name), color.name(QColor::HexRgb));
    return sheet;
}

QPixmap tinted(const QString& name, const QColor& color, int side)
{
    QSvgRenderer renderer(QStringLiteral(":/icons/%1.svg").arg(name));
    QPixmap pixmap(side, side);
    pixmap.fill(Qt::transparent);
    QPainter painter(&pixmap);
    renderer.render(&painter);
    painter.setCompositionMode(QPainter::CompositionMode_SourceIn);
    painter.fillRect(pixmap.rect(), color);
    return pixmap;
}

} // namespace

ThemeColors themeColors(bool dark)
{
    if (dark)
        return {true,
                QColor(0x17, 0x18, 0x1b),
                QColor(0x22, 0x23, 0x27),
                QColor(0x33, 0x35, 0x3b),
                QColor(0x3f, 0x41, 0x48),
                QColor(0x1a, 0x1b, 0x1e),
                QColor(0x36, 0x38, 0x3e),
                QColor(0xe8, 0xe9, 0xec),
                QColor(0x9a, 0x9d, 0xa6),
                QColor(0x3b, 0x6f, 0xd9),
                QColor(0x4c, 0x80, 0xea),
                QColor(0xff, 0xff, 0xff),
                QColor(0x3a, 0x33, 0x22),
                QColor(0xf3, 0xe4, 0xc0),
                QColor(0x55, 0x4a, 0x2f),
                QColor(0xf0, 0x70, 0x6a)};
    return {false,
            QColor(0xd9, 0xdb, 0xe0),
            QColor(0xf6, 0xf7, 0xf9),
            QColor(0xe6, 0xe8, 0xec),
            QColor(0xd8, 0xdb, 0xe1),
            QColor(0xff, 0xff, 0xff),
            QColor(0xd2, 0xd5, 0xdb),
            QColor(0x1e, 0x20, 0x24),
            QColor(0x63, 0x68, 0x72),
            QColor(0x2f, 0x63, 0xcf),
            QColor(0x25, 0x55, 0xb8),
            QColor(0xff, 0xff, 0xff),
            QColor(0xfd, 0xf3, 0xdc),
            QColor(0x4a, 0x37, 0x10),
            QColor(0xf3, 0xdf, 0xb0),
            QColor(0xb3, 0x26, 0x1e)};
}

const ThemeColors& currentTheme()
{
    return active();
}

void applyTheme(QApplication& app, ThemeChoice choice)
{
    static const QPalette systemPalette = QApplication::palette();
    const bool systemDark = systemPalette.color(QPalette::Window).lightness() < 128;
    active() = themeColors(choice == ThemeChoice::System ? systemDark : choice == ThemeChoice::Dark);
    app.setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    app.setPalette(paletteFor(active()));
    QFont font = app.font();
    if (QFontDatabase::families().contains(QStringLiteral("Inter")))
        font.setFamily(QStringLiteral("Inter"));
    font.setPixelSize(13);
    app.setFont(font);
    app.setStyleSheet(styleSheetFor(active()));
}

QIcon themedIcon(const QString& name, const QColor& color)
{
    const QColor ink = color.isValid() ? color : currentTheme().text;
    QColor faint = ink;
    faint.setAlpha(90);
    QIcon icon;
    for (const int side : {16, 20, 32, 40, 64}) {
        icon.addPixmap(tinted(name, ink, side), QIcon::Normal, QIcon::Off);
        icon.addPixmap(tinted(name, faint, side), QIcon::Disabled, QIcon::Off);
    }
    return icon;
}

} // namespace pentimento
