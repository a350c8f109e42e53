// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QScrollArea>

namespace pentimento {

/// The content of a dock, which scrolls where there is no room for all of it.
class ScrolledPanel : public QScrollArea {
    Q_OBJECT
public:
    enum class Height {
        Free,   ///< what the dock has
        Content ///< what the body needs, but a third of the window is left to the docks beside it
    };
    ScrolledPanel(QWidget* body, Height height, QWidget* parent = nullptr);

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void fit();
    Height m_height;
};

} // namespace pentimento
