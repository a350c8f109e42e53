// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/mask_panel.h"

#include "widgets/common/key_button.h"
#include "widgets/common/slider_row.h"
#include "widgets/tools/tool_options.h"

#include <QAction>
#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>

#include <cmath>

namespace pentimento {
namespace {

SliderRow::Range pixelRange(double high)
{
    // -1 stands for "auto", so that 0 stays a value.
    return {-1, high, 1, 0, QStringLiteral(" px"), false, MaskPanel::tr("auto")};
}

std::optional<int> pixels(const SliderRow* row)
{
    return row->value() < 0 ? std::nullopt : std::optional(int(std::lround(row->value())));
}

} // namespace

MaskPanel::MaskPanel(ToolOptions& tools, const QList<QAction*>& actions, QWidget* parent)
    : QWidget(parent), m_tools(tools),
      m_size(new SliderRow(tr("Brush"), {minBrushSize, maxBrushSize, 1, 0, QStringLiteral(" px"), true, {}}, this)),
      m_hardness(new SliderRow(tr("Hardness"), {0, 100, 1, 0, QStringLiteral(" %"), false, {}}, this)),
      m_opacity(new SliderRow(tr("Opacity"), {1, 100, 1, 0, QStringLiteral(" %"), false, {}}, this)),
      m_grow(new SliderRow(tr("Grow"), pixelRange(200), this)), m_feather(new SliderRow(tr("Feather"), pixelRange(200), this)),
      m_rim(new QLabel(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 4, 14, 12);
    column->setSpacing(6);
    for (SliderRow* row : {m_size, m_hardness, m_opacity, m_grow, m_feather})
        column->addWidget(row);
    m_size->setHelp(tr("Diameter of the brush in picture pixels ([ and ], or Shift and drag)"));
    m_hardness->setHelp(tr("How sharp the brush's edge is (Shift+[ and Shift+])"));
    m_opacity->setHelp(tr("How much one stroke paints"));
    m_grow->setHelp(tr("How far the edit reaches beyond the painted mask"));
    m_feather->setHelp(tr("Width of the soft transition around the edit"));
    m_rim->setObjectName(QStringLiteral("muted"));
    m_rim->setWordWrap(true);
    column->addWidget(m_rim);
    m_rim->hide();

    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(6);
    for (QAction* action : actions) {
        auto* button = new KeyButton(action->iconText(), {}, this);
        button->setToolTip(action->toolTip());
        connect(button, &QPushButton::clicked, action, &QAction::trigger);
        connect(action, &QAction::changed, button, [button, action] { button->setEnabled(action->isEnabled()); });
        button->setEnabled(action->isEnabled());
        buttons->addWidget(button);
    }
    buttons->addStretch();
    column->addSpacing(4);
    column->addLayout(buttons);

    const auto showBrush = [this] {
        m_size->setValue(m_tools.size());
        m_hardness->setValue(m_tools.hardness() * 100);
        m_opacity->setValue(m_tools.opacity() * 100);
    };
    connect(&m_tools, &ToolOptions::changed, this, showBrush);
    showBrush();
    connect(m_size, &SliderRow::edited, &m_tools, &ToolOptions::setSize);
    connect(m_hardness, &SliderRow::edited, this, [this](double percent) { m_tools.setHardness(percent / 100); });
    connect(m_opacity, &SliderRow::edited, this, [this](double percent) { m_tools.setOpacity(percent / 100); });
    connect(m_grow, &SliderRow::edited, this, &MaskPanel::reachEdited);
    connect(m_feather, &SliderRow::edited, this, &MaskPanel::reachEdited);
}

std::optional<int> MaskPanel::grow() const
{
    return pixels(m_grow);
}

std::optional<int> MaskPanel::feather() const
{
    return pixels(m_feather);
}

void MaskPanel::setGrow(std::optional<int> value)
{
    m_grow->setValue(value.value_or(-1));
}

void MaskPanel::setFeather(std::optional<int> value)
{
    m_feather->setValue(value.value_or(-1));
}

void MaskPanel::showRim(int value)
{
    m_rim->setVisible(value >= 0);
    m_rim->setText(value == 0 ? tr("Changes nothing outside the painted mask.")
                              : tr("The edit blends in over a rim of %n pixel(s).", nullptr, value));
}

} // namespace pentimento
