// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QImage>
#include <QStringList>
#include <QWidget>

class QHBoxLayout;
class QLabel;

namespace pentimento {

/// What the window shows without a picture: a place to drop one, and the ways to get one.
class EmptyState : public QWidget {
    Q_OBJECT
public:
    explicit EmptyState(bool withSample, QWidget* parent = nullptr);
    void setRecent(const QStringList& paths); ///< at most three are shown
    void setThumbnail(const QString& path, const QImage& image);
    void setBusy(const QString& text); ///< empty: not loading
    void setDropHover(bool hovering);

    static QSize thumbnailSize() { return {124, 82}; }

Q_SIGNALS:
    void openWanted();
    void sampleWanted();
    void recentWanted(const QString& path);

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QWidget* m_area;
    QLabel* m_title;
    QLabel* m_recentTitle;
    QHBoxLayout* m_recent;
    bool m_hover = false;
};

} // namespace pentimento
