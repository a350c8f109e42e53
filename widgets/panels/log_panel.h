// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QWidget>

class QPlainTextEdit;

namespace pentimento {

/// The newest lines of the log.
class LogPanel : public QWidget {
    Q_OBJECT
public:
    explicit LogPanel(QWidget* parent = nullptr);
    void append(const QString& line);

private:
    QPlainTextEdit* m_text;
};

} // namespace pentimento
