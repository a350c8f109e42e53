// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>
#include <QWidget>

class QLabel;
class QLineEdit;
class QSlider;

namespace pentimento {

/// Label, slider and an editable value in one line. Values are real numbers in steps of `step`.
class SliderRow : public QWidget {
    Q_OBJECT
public:
    struct Range {
        double low = 0;
        double high = 1;
        double step = 1;
        int decimals = 0;
        QString suffix;
        bool logarithmic = false; ///< equal ways on the slider are equal factors
        QString lowText;          ///< shown instead of `low`, as "auto"
    };
    SliderRow(const QString& label, const Range& range, QWidget* parent = nullptr);

    double value() const { return m_value; }
    QString valueText() const { return textOf(m_value); }
    const Range& range() const { return m_range; }
    void setValue(double value); ///< without edited()
    void editByUser(double value);
    void setHelp(const QString& toolTip);
    /// Marks the value as the user's own, not the model's.
    void setEmphasized(bool emphasized);

Q_SIGNALS:
    void edited(double value); ///< by the user

private:
    int toSlider(double value) const;
    double fromSlider(int position) const;
    QString textOf(double value) const;
    void showValue();
    void stepByUser(int action);

    Range m_range;
    double m_value = 0;
    QLabel* m_label;
    QSlider* m_slider;
    QLineEdit* m_field;
};

} // namespace pentimento
