// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/control_list.h"

#include "widgets/common/key_button.h"
#include "widgets/common/tab_order.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QMimeData>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QTimer>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

namespace pentimento {
namespace {

/// What may be a ControlNet; what it really is shows when it is read.
QStringList modelPlaces(const QMimeData& data)
{
    QStringList places;
    for (const QUrl& url : data.urls()) {
        const QString path = url.toLocalFile();
        if (path.endsWith(QLatin1String(".safetensors"), Qt::CaseInsensitive) || (!path.isEmpty() && QFileInfo(path).isDir()))
            places += path;
    }
    return places;
}

void bringIntoView(QWidget* widget)
{
    for (QWidget* around = widget->parentWidget(); around; around = around->parentWidget()) {
        if (auto* area = qobject_cast<QScrollArea*>(around))
            area->ensureWidgetVisible(widget);
    }
}

} // namespace

ControlList::ControlList(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)), m_add(nullptr)
{
    setAcceptDrops(true);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    auto* add = new KeyButton(tr("Add control"), {}, this);
    add->setObjectName(QStringLiteral("addControl"));
    add->setToolTip(tr("A ControlNet has the result follow edges, lines or a picture; its file or folder can also be dropped "
                       "here"));
    add->setAccessibleName(tr("Add control"));
    connect(add, &QPushButton::clicked, this, [this] { this->add(preferredModel()); });
    m_column->addWidget(add, 0, Qt::AlignLeft);
    m_add = add;
}

QList<ControlSetting> ControlList::controls() const
{
    QList<ControlSetting> controls;
    for (const ControlRow* row : m_rows)
        controls += row->setting();
    return controls;
}

void ControlList::setControls(const QList<ControlSetting>& controls)
{
    while (!m_rows.isEmpty())
        delete m_rows.takeLast();
    for (const ControlSetting& setting : controls)
        addRow(setting);
}

void ControlList::add(const QString& modelPath)
{
    ControlSetting setting;
    setting.model = modelPath;
    addRow(setting);
    QTimer::singleShot(0, m_rows.last(), [row = m_rows.last()] { bringIntoView(row); }); // when it has its place
    Q_EMIT edited();
}

void ControlList::addRow(const ControlSetting& setting)
{
    auto* row = new ControlRow(setting, m_offer, this);
    m_column->insertWidget(int(m_rows.size()), row);
    m_rows += row;
    tabBefore(m_add, row);
    connect(row, &ControlRow::edited, this, &ControlList::edited);
    connect(row, &ControlRow::shownToggled, this, [this, row](bool shown) { showOnly(shown ? row : nullptr); });
    connect(row, &ControlRow::modelFileWanted, this, [this, row] { Q_EMIT modelWanted(row, false); });
    connect(row, &ControlRow::modelFolderWanted, this, [this, row] { Q_EMIT modelWanted(row, true); });
    connect(row, &ControlRow::pictureWanted, this, [this, row] { Q_EMIT pictureWanted(row); });
    connect(row, &ControlRow::removeWanted, this, [this, row] { remove(row); });
}

void ControlList::remove(ControlRow* row)
{
    m_rows.removeOne(row);
    row->hide();
    row->deleteLater(); // its own button was pressed
    if (row->isShown())
        Q_EMIT shownChanged();
    Q_EMIT edited();
}

void ControlList::showOnly(ControlRow* row)
{
    for (ControlRow* other : std::as_const(m_rows)) {
        const QSignalBlocker quiet(other);
        other->setShown(other == row);
    }
    Q_EMIT shownChanged();
}

void ControlList::setShown(int index)
{
    showOnly(index >= 0 && index < m_rows.size() ? m_rows[index] : nullptr);
}

std::optional<ControlSetting> ControlList::shown() const
{
    const auto row = std::find_if(m_rows.cbegin(), m_rows.cend(), [](const ControlRow* one) { return one->isShown(); });
    return row == m_rows.cend() ? std::nullopt : std::optional((*row)->setting());
}

void ControlList::setModel(ControlRow* row, const QString& path)
{
    if (m_rows.contains(row))
        row->setModel(path);
}

void ControlList::setPicture(ControlRow* row, const QString& path)
{
    if (m_rows.contains(row))
        row->setPicture(path);
}

void ControlList::setChoices(const QList<ControlNetChoice>& choices, const QString& place)
{
    m_offer.choices = choices;
    m_offer.place = place;
    passOffer();
}

void ControlList::setFamily(const QString& family)
{
    m_offer.family = family;
    passOffer();
}

void ControlList::passOffer()
{
    for (ControlRow* row : std::as_const(m_rows))
        row->setOffer(m_offer);
}

QString ControlList::preferredModel() const
{
    const auto fits = [this](const ControlNetChoice& choice) {
        return choice.problem.isEmpty() && choice.family == m_offer.family;
    };
    auto found = std::find_if(m_offer.choices.cbegin(), m_offer.choices.cend(), fits);
    if (found == m_offer.choices.cend())
        found = m_offer.choices.cbegin();
    return found == m_offer.choices.cend() ? QString() : found->path;
}

void ControlList::dragEnterEvent(QDragEnterEvent* event)
{
    if (!modelPlaces(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void ControlList::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    for (const QString& place : modelPlaces(*event->mimeData()))
        add(place);
}

} // namespace pentimento
