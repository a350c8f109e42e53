// SPDX-License-Identifier: Apache-2.0
#include "widgets/dialogs/export_dialog.h"

#include "widgets/common/slider_row.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {
enum Entry { Png, Jpeg, WebP, WebPLossless };
}

ExportDialog::ExportDialog(bool hasAlpha, QWidget* parent)
    : QDialog(parent), m_hasAlpha(hasAlpha), m_format(new QComboBox(this)),
      m_quality(new SliderRow(tr("Quality"), {1, 100, 1, 0, {}, false, {}}, this)),
      m_level(new SliderRow(tr("Effort"), {0, 9, 1, 0, {}, false, {}}, this)), m_note(new QLabel(this))
{
    setWindowTitle(tr("Export a copy"));
    setMinimumWidth(420);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(20, 20, 20, 16);
    column->setSpacing(10);
    m_format->addItems({tr("PNG, keeps every pixel"), tr("JPEG"), tr("WebP"), tr("WebP, keeps every pixel")});
    m_format->setAccessibleName(tr("Format"));
    m_format->setToolTip(tr("Format of the copy"));
    m_quality->setValue(95);
    m_quality->setHelp(tr("100 is closest to the picture and largest"));
    m_level->setValue(6);
    m_level->setHelp(tr("More effort makes a smaller file and takes longer"));
    m_note->setObjectName(QStringLiteral("muted"));
    m_note->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    buttons->button(QDialogButtonBox::Ok)->setText(tr("Choose a name…"));
    for (QWidget* part : {static_cast<QWidget*>(m_format), static_cast<QWidget*>(m_quality), static_cast<QWidget*>(m_level),
                          static_cast<QWidget*>(m_note)})
        column->addWidget(part);
    column->addStretch();
    column->addWidget(buttons);
    connect(m_format, &QComboBox::currentIndexChanged, this, &ExportDialog::showOptions);
    connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    showOptions();
}

void ExportDialog::setFormat(PictureFormat format)
{
    m_format->setCurrentIndex(format == PictureFormat::Jpeg ? Jpeg : format == PictureFormat::WebP ? WebP : Png);
}

ExportDialog::Choice ExportDialog::choice() const
{
    const int entry = m_format->currentIndex();
    const PictureFormat format = entry == Png ? PictureFormat::Png : entry == Jpeg ? PictureFormat::Jpeg : PictureFormat::WebP;
    return {format, int(std::lround(m_quality->value())), entry == WebPLossless, int(std::lround(m_level->value()))};
}

void ExportDialog::showOptions()
{
    const int entry = m_format->currentIndex();
    m_quality->setVisible(entry == Jpeg || entry == WebP);
    m_level->setVisible(entry == Png);
    m_note->setText(entry == Jpeg && m_hasAlpha ? tr("JPEG has no transparency; the picture is laid on white.")
                    : entry == Jpeg || entry == WebP
                        ? tr("Loses a little of the picture, also outside the edits. The open file stays as it is.")
                        : tr("The open file stays as it is."));
}

} // namespace pentimento
