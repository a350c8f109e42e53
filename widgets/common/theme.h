// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QColor>
#include <QIcon>
#include <QString>

class QApplication;

namespace pentimento {

enum class ThemeChoice { System, Dark, Light };

/// The colours that style sheet, palette and own painting share.
struct ThemeColors {
    bool dark = true;
    QColor surface; ///< behind the picture
    QColor panel;   ///< bars and docks
    QColor raised;  ///< buttons
    QColor raisedHover;
    QColor field; ///< text fields
    QColor line;
    QColor text;
    QColor muted;
    QColor accent;
    QColor accentHover;
    QColor onAccent;
    QColor notice;
    QColor noticeText;
    QColor noticeButton;
    QColor danger;
};

ThemeColors themeColors(bool dark);
/// What is in force now.
const ThemeColors& currentTheme();
/// Sets palette, font and style sheet. System: dark if the system's own palette is.
void applyTheme(QApplication& app, ThemeChoice choice);

/// An icon of resources/icons in the theme's text colour; `color` overrides it.
QIcon themedIcon(const QString& name, const QColor& color = {});

} // namespace pentimento
