// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QDialog>

class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;

namespace pentimento {

/// Asks where edits run: on this computer, or on a server at an address. It says what the user wants; others do it.
class ServerDialog : public QDialog {
    Q_OBJECT
public:
    ServerDialog(const QString& address, const QString& token, QWidget* parent = nullptr);

    void showResult(const QString& text, bool bad); ///< of connectWanted

Q_SIGNALS:
    void connectWanted(const QString& address, const QString& token); ///< empty address: this computer

private:
    void refresh();

    QRadioButton *m_here, *m_there;
    QLineEdit *m_address, *m_token;
    QLabel* m_result;
    QPushButton* m_apply;
};

} // namespace pentimento
