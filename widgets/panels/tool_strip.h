// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/tools/tool_options.h"

#include <QList>
#include <QWidget>

class QAction;
class QToolButton;

namespace pentimento {

/// The narrow strip at the left: tools and the mask's colour.
class ToolStrip : public QWidget {
    Q_OBJECT
public:
    ToolStrip(ToolOptions& tools, QWidget* parent = nullptr);
    void addTool(QAction* action, const QString& icon, Tool tool);
    void addSpace();
    void finish(); ///< adds the colour button below the tools
    void refreshIcons();

Q_SIGNALS:
    void colorWanted();

private:
    struct Entry {
        QToolButton* button;
        QString icon;
        Tool tool;
    };
    void showState();
    ToolOptions& m_tools;
    QList<Entry> m_entries;
    QToolButton* m_color = nullptr;
};

} // namespace pentimento
