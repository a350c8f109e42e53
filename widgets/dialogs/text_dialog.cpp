// SPDX-License-Identifier: Apache-2.0
#include "widgets/dialogs/text_dialog.h"

#include "widgets/common/screen_room.h"

#include <QDialogButtonBox>
#include <QTextBrowser>
#include <QVBoxLayout>

namespace pentimento {

TextDialog::TextDialog(const QString& title, const QString& html, QSize size, QWidget* parent) : QDialog(parent)
{
    setWindowTitle(title);
    setAttribute(Qt::WA_DeleteOnClose);
    resize(size.boundedTo(screenRoom(*this)));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(16, 16, 16, 12);
    auto* page = new QTextBrowser(this);
    page->setOpenExternalLinks(true);
    page->setHtml(html);
    page->setAccessibleName(title);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    column->addWidget(page);
    column->addWidget(buttons);
}

} // namespace pentimento
