// SPDX-License-Identifier: Apache-2.0
#include "widgets/common/slider_access.h"

#include "widgets/common/slider_row.h"

#include <QAccessibleWidget>
#include <QSlider>

namespace pentimento {
namespace {

class SliderAccess : public QAccessibleWidget, public QAccessibleValueInterface {
public:
    SliderAccess(QWidget* slider, SliderRow& row) : QAccessibleWidget(slider, QAccessible::Slider), m_row(row) {}

    void* interface_cast(QAccessible::InterfaceType type) override
    {
        return type == QAccessible::ValueInterface ? static_cast<QAccessibleValueInterface*>(this)
                                                   : QAccessibleWidget::interface_cast(type);
    }
    QString text(QAccessible::Text what) const override
    {
        return what == QAccessible::Value ? m_row.valueText() : QAccessibleWidget::text(what);
    }
    QVariant currentValue() const override { return m_row.value(); }
    void setCurrentValue(const QVariant& value) override { m_row.editByUser(value.toDouble()); }
    QVariant minimumValue() const override { return m_row.range().low; }
    QVariant maximumValue() const override { return m_row.range().high; }
    QVariant minimumStepSize() const override { return m_row.range().step; }

private:
    SliderRow& m_row; // the slider's parent
};

QAccessibleInterface* makeAccess(const QString& name, QObject* object)
{
    auto* row = object ? qobject_cast<SliderRow*>(object->parent()) : nullptr;
    return row && name == QStringLiteral("QSlider") ? new SliderAccess(qobject_cast<QWidget*>(object), *row) : nullptr;
}

} // namespace

void installSliderAccess()
{
    static const bool installed = (QAccessible::installFactory(makeAccess), true);
    Q_UNUSED(installed)
}

} // namespace pentimento
