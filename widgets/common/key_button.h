// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QPushButton>

namespace pentimento {

/// A push button that shows its key as a small cap beside the text. Takes focus by Tab only, so that a click leaves
/// the keyboard with the canvas or the prompt.
class KeyButton : public QPushButton {
    Q_OBJECT
public:
    KeyButton(const QString& text, const QString& key, QWidget* parent = nullptr);
    void setFace(const QString& text, const QString& key);
    void setPrimary(bool primary); ///< filled with the accent colour
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return sizeHint(); }

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QFont keyFont() const;
    int capWidth() const;
    QString m_text;
    QString m_key;
};

} // namespace pentimento
