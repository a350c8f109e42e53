// SPDX-License-Identifier: Apache-2.0
#include "widgets/dialogs/server_dialog.h"

#include "widgets/common/theme.h"

#include <QFormLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRadioButton>
#include <QVBoxLayout>

namespace pentimento {
namespace {

/// As browsers do.
QString withScheme(const QString& address)
{
    return address.contains(QStringLiteral("://")) ? address : QStringLiteral("http://") + address;
}

} // namespace

ServerDialog::ServerDialog(const QString& address, const QString& token, QWidget* parent)
    : QDialog(parent), m_here(new QRadioButton(tr("On &this computer"), this)),
      m_there(new QRadioButton(tr("On a &server that runs “pentimento serve”"), this)), m_address(new QLineEdit(address, this)),
      m_token(new QLineEdit(token, this)), m_result(new QLabel(this)), m_apply(new QPushButton(this))
{
    setWindowTitle(tr("Where edits run"));
    setAttribute(Qt::WA_DeleteOnClose);
    setMinimumWidth(480);
    m_address->setObjectName(QStringLiteral("serverAddress"));
    m_address->setPlaceholderText(QStringLiteral("http://gpu.lan:7833"));
    m_address->setToolTip(tr("Pictures, masks and prompts go to this address and to no other"));
    m_token->setObjectName(QStringLiteral("serverToken"));
    m_token->setEchoMode(QLineEdit::Password);
    m_token->setPlaceholderText(tr("none"));
    m_token->setToolTip(tr("What the server's --token-file holds; it is kept in this program's settings"));
    m_here->setObjectName(QStringLiteral("runHere"));
    m_there->setObjectName(QStringLiteral("runThere"));
    (address.isEmpty() ? m_here : m_there)->setChecked(true);
    m_apply->setObjectName(QStringLiteral("applyServer"));
    m_apply->setProperty("primary", true);
    m_apply->setDefault(true);
    m_result->setObjectName(QStringLiteral("serverResult"));
    m_result->setWordWrap(true);
    auto* close = new QPushButton(tr("Close"), this);
    close->setAutoDefault(false);

    auto* form = new QFormLayout;
    form->setContentsMargins(24, 0, 0, 0);
    form->addRow(tr("&Address"), m_address);
    form->addRow(tr("T&oken"), m_token);
    auto* buttons = new QHBoxLayout;
    buttons->addStretch();
    buttons->addWidget(m_apply);
    buttons->addWidget(close);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(18, 18, 18, 14);
    column->setSpacing(12);
    column->addWidget(m_here);
    column->addWidget(m_there);
    column->addLayout(form);
    column->addWidget(m_result);
    column->addStretch();
    column->addLayout(buttons);

    connect(m_there, &QRadioButton::toggled, this, &ServerDialog::refresh);
    connect(m_address, &QLineEdit::textChanged, this, &ServerDialog::refresh);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    connect(m_apply, &QPushButton::clicked, this, [this] {
        m_apply->setEnabled(false);
        m_result->setText(m_there->isChecked() ? tr("Connecting…") : QString());
        const bool there = m_there->isChecked();
        Q_EMIT connectWanted(there ? withScheme(m_address->text().trimmed()) : QString(), there ? m_token->text() : QString());
    });
    refresh();
}

void ServerDialog::refresh()
{
    const bool there = m_there->isChecked();
    m_address->setEnabled(there);
    m_token->setEnabled(there);
    m_apply->setText(there ? tr("Connect") : tr("Use this computer"));
    m_apply->setEnabled(!there || !m_address->text().trimmed().isEmpty());
}

void ServerDialog::showResult(const QString& text, bool bad)
{
    m_result->setText(text);
    m_result->setStyleSheet(bad ? QStringLiteral("color: %1").arg(currentTheme().danger.name()) : QString());
    refresh();
}

} // namespace pentimento
