// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDialog>

namespace pentimento {

/// A page of formatted text with a close button: keyboard help and About.
class TextDialog : public QDialog {
    Q_OBJECT
public:
    TextDialog(const QString& title, const QString& html, QSize size, QWidget* parent = nullptr);
};

} // namespace pentimento
