// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QList>
#include <QWidget>

#include <functional>

class QHBoxLayout;
class QLabel;

namespace pentimento {

/// A message over the canvas that waits to be read, with what can be done about it. Never modal.
class NoticeBar : public QWidget {
    Q_OBJECT
public:
    struct Choice {
        QString text;
        std::function<void()> act;
    };
    explicit NoticeBar(QWidget* parent = nullptr);

    /// `details` not empty adds "Copy details".
    void showNotice(const QString& title, const QString& text, const QString& details = {}, const QList<Choice>& choices = {});
    QString title() const { return m_title; }
    QString details() const { return m_details; }

Q_SIGNALS:
    void closed();
    void sizeChanged();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void addButton(const QString& text, std::function<void()> act);
    QString m_title;
    QString m_details;
    QLabel* m_text;
    QWidget* m_buttonRow;
    QHBoxLayout* m_buttons;
};

} // namespace pentimento
