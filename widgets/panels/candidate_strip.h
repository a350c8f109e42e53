// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QList>
#include <QWidget>

class QAction;
class QHBoxLayout;
class QLabel;

namespace pentimento {

/// The two upper rows of the task bar while results wait: thumbnails, and what can be done with the one shown.
class CandidateStrip : public QWidget {
    Q_OBJECT
public:
    explicit CandidateStrip(QWidget* parent = nullptr);
    void show(const QList<QImage>& thumbnails, int current, quint64 seed);

Q_SIGNALS:
    void previousWanted();
    void nextWanted();
    void chosen(int index);
    void keepWanted();
    void discardWanted();
    void againWanted();
    void compareHeld(bool held);

private:
    QHBoxLayout* m_thumbnails;
    QLabel* m_position;
    QList<QWidget*> m_steppers;
};

} // namespace pentimento
