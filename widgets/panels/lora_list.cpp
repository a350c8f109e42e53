// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/lora_list.h"

#include "widgets/common/key_button.h"
#include "widgets/common/slider_row.h"
#include "widgets/common/tab_order.h"
#include "widgets/common/theme.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QMimeData>
#include <QToolButton>
#include <QUrl>

#include <algorithm>

namespace pentimento {
namespace {

constexpr double largestWeight = 2; // beyond it hardly a LoRA gives anything but noise; prompts and job files may go further

QStringList loraFiles(const QMimeData& data)
{
    QStringList files;
    for (const QUrl& url : data.urls()) {
        if (url.isLocalFile() && url.toLocalFile().endsWith(QLatin1String(".safetensors"), Qt::CaseInsensitive))
            files += url.toLocalFile();
    }
    return files;
}

} // namespace

LoraList::LoraList(QWidget* parent) : QWidget(parent), m_column(new QVBoxLayout(this)), m_add(nullptr)
{
    setAcceptDrops(true);
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    auto* add = new KeyButton(tr("Add LoRA…"), {}, this);
    add->setObjectName(QStringLiteral("addLora"));
    add->setToolTip(tr("A LoRA adds a style or a subject to the model; its file can also be dropped here"));
    add->setAccessibleName(tr("Add LoRA"));
    connect(add, &QPushButton::clicked, this, &LoraList::fileWanted);
    m_column->addWidget(add, 0, Qt::AlignLeft);
    m_add = add;
}

void LoraList::setLoras(const QList<LoraWeight>& loras)
{
    m_loras = loras;
    showRows();
}

void LoraList::add(const QString& path)
{
    if (std::any_of(m_loras.cbegin(), m_loras.cend(), [&](const LoraWeight& lora) { return lora.path == path; }))
        return;
    m_loras += {path, 1};
    showRows();
    Q_EMIT edited();
}

void LoraList::showRows()
{
    for (QWidget* row : std::as_const(m_rows)) {
        row->hide();
        row->deleteLater(); // its own button may be the one that was pressed
    }
    m_rows.clear();
    for (qsizetype i = 0; i < m_loras.size(); ++i) {
        m_rows += makeRow(i);
        m_column->insertWidget(int(i), m_rows.last());
        tabBefore(m_add, m_rows.last());
    }
}

QWidget* LoraList::makeRow(qsizetype index)
{
    const LoraWeight& lora = m_loras[index];
    const QString name = QFileInfo(lora.path).completeBaseName();
    auto* line = new QWidget(this);
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(2);
    auto* weight = new SliderRow(name, {-largestWeight, largestWeight, 0.05, 2, {}, false, {}}, line);
    weight->setValue(lora.weight);
    weight->setHelp(tr("%1\nHow strongly it counts: 1 as trained, 0 not at all, below 0 away from it").arg(lora.path));
    auto* remove = new QToolButton(line);
    remove->setObjectName(QStringLiteral("iconButton"));
    remove->setIcon(themedIcon(QStringLiteral("close"), currentTheme().muted));
    remove->setIconSize({12, 12});
    remove->setFixedSize(24, 24);
    remove->setFocusPolicy(Qt::TabFocus);
    remove->setToolTip(tr("Do without this LoRA"));
    remove->setAccessibleName(tr("Remove %1").arg(name));
    row->addWidget(weight, 1);
    row->addWidget(remove);
    connect(weight, &SliderRow::edited, this, [this, index](double value) {
        m_loras[index].weight = value;
        Q_EMIT edited();
    });
    connect(remove, &QToolButton::clicked, this, [this, index] {
        m_loras.removeAt(index);
        showRows();
        Q_EMIT edited();
    });
    return line;
}

void LoraList::dragEnterEvent(QDragEnterEvent* event)
{
    if (!loraFiles(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void LoraList::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    for (const QString& file : loraFiles(*event->mimeData()))
        add(file);
}

} // namespace pentimento
