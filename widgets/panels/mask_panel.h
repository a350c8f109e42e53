// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QWidget>

#include <optional>

class QAction;
class QHBoxLayout;
class QLabel;

namespace pentimento {

class SliderRow;
class ToolOptions;

/// Brush, and how far the edit reaches around the painted mask.
class MaskPanel : public QWidget {
    Q_OBJECT
public:
    MaskPanel(ToolOptions& tools, const QList<QAction*>& actions, QWidget* parent = nullptr);
    std::optional<int> grow() const;    ///< px; absent: by the mask's size
    std::optional<int> feather() const; ///< px
    void setGrow(std::optional<int> pixels);
    void setFeather(std::optional<int> pixels);
    void showRim(int pixels); ///< below 0: not known

Q_SIGNALS:
    void reachEdited();

private:
    ToolOptions& m_tools;
    SliderRow* m_size;
    SliderRow* m_hardness;
    SliderRow* m_opacity;
    SliderRow* m_grow;
    SliderRow* m_feather;
    QLabel* m_rim;
};

} // namespace pentimento
