// SPDX-License-Identifier: Apache-2.0
#include "widgets/common/slider_row.h"

#include "widgets/common/slider_access.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {
constexpr int sliderSteps = 1000;
}

SliderRow::SliderRow(const QString& label, const Range& range, QWidget* parent)
    : QWidget(parent), m_range(range), m_value(range.low), m_label(new QLabel(label, this)),
      m_slider(new QSlider(Qt::Horizontal, this)), m_field(new QLineEdit(this))
{
    installSliderAccess();
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    m_label->setFixedWidth(72);
    m_slider->setRange(0, sliderSteps);
    m_slider->setFocusPolicy(Qt::TabFocus);
    m_slider->setAccessibleName(label);
    m_field->setObjectName(QStringLiteral("value"));
    m_field->setAccessibleName(tr("%1, value").arg(label));
    m_field->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_field->setFixedWidth(58);
    m_field->setFrame(false);
    row->addWidget(m_label);
    row->addWidget(m_slider, 1);
    row->addWidget(m_field);
    setFocusProxy(m_slider);

    connect(m_slider, &QSlider::actionTriggered, this, &SliderRow::stepByUser);
    connect(m_slider, &QSlider::valueChanged, this, [this](int position) { editByUser(fromSlider(position)); });
    connect(m_field, &QLineEdit::editingFinished, this, [this] {
        QString text = m_field->text();
        text.remove(m_range.suffix.trimmed());
        bool ok = false;
        double typed = QLocale().toDouble(text.trimmed(), &ok);
        if (!ok)
            typed = text.trimmed().toDouble(&ok);
        if (ok && textOf(typed) != textOf(m_value))
            editByUser(typed);
        showValue();
    });
    showValue();
}

int SliderRow::toSlider(double value) const
{
    const double share = m_range.logarithmic ? std::log(value / m_range.low) / std::log(m_range.high / m_range.low)
                                             : (value - m_range.low) / (m_range.high - m_range.low);
    return int(std::lround(share * sliderSteps));
}

double SliderRow::fromSlider(int position) const
{
    const double share = double(position) / sliderSteps;
    return m_range.logarithmic ? m_range.low * std::pow(m_range.high / m_range.low, share)
                               : m_range.low + share * (m_range.high - m_range.low);
}

QString SliderRow::textOf(double value) const
{
    if (!m_range.lowText.isEmpty() && value <= m_range.low)
        return m_range.lowText;
    return QLocale().toString(value, 'f', m_range.decimals) + m_range.suffix;
}

void SliderRow::showValue()
{
    const QSignalBlocker quiet(m_slider);
    m_slider->setValue(toSlider(m_value));
    m_field->setText(textOf(m_value));
}

void SliderRow::setValue(double value)
{
    m_value = std::clamp(value, m_range.low, m_range.high);
    showValue();
}

void SliderRow::editByUser(double value)
{
    const double before = m_value;
    const double stepped = m_range.low + std::round((value - m_range.low) / m_range.step) * m_range.step;
    setValue(stepped);
    if (m_value != before)
        Q_EMIT edited(m_value);
}

// Keys, wheel and clicks beside the handle go by the value's own steps: the slider's are finer and would be rounded away.
void SliderRow::stepByUser(int action)
{
    int steps = 0;
    switch (action) {
    case QAbstractSlider::SliderSingleStepAdd: steps = 1; break;
    case QAbstractSlider::SliderSingleStepSub: steps = -1; break;
    case QAbstractSlider::SliderPageStepAdd: steps = 10; break;
    case QAbstractSlider::SliderPageStepSub: steps = -10; break;
    case QAbstractSlider::SliderMove: // of the wheel, when nobody drags
        if (!m_slider->isSliderDown())
            steps = m_slider->sliderPosition() > m_slider->value() ? 1 : -1;
        break;
    default: break;
    }
    if (steps == 0)
        return;
    const double way = m_range.logarithmic ? std::max(m_range.step, m_value / 50) : m_range.step;
    editByUser(m_value + steps * way);
    m_slider->setSliderPosition(m_slider->value());
}

void SliderRow::setHelp(const QString& toolTip)
{
    for (QWidget* part : {static_cast<QWidget*>(m_label), static_cast<QWidget*>(m_slider), static_cast<QWidget*>(m_field)})
        part->setToolTip(toolTip);
}

void SliderRow::setEmphasized(bool emphasized)
{
    m_field->setProperty("own", emphasized);
    m_field->style()->unpolish(m_field);
    m_field->style()->polish(m_field);
}

} // namespace pentimento
