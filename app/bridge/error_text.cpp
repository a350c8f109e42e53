// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/error_text.h"

#include "app/bridge/free_tr.h"

#include <QFileInfo>

namespace pentimento {
namespace {

QString sentence(const std::string& text)
{
    QString line = QString::fromStdString(text);
    if (!line.isEmpty())
        line[0] = line[0].toUpper();
    if (!line.isEmpty() && !line.endsWith(u'.'))
        line += u'.';
    return line;
}

bool namesModelFile(const QString& where)
{
    return where.endsWith(QStringLiteral(".safetensors")) || where.endsWith(QStringLiteral(".json"));
}

} // namespace

ErrorText toErrorText(const Error& error)
{
    const QString where = QString::fromStdString(error.where);
    ErrorText shown;
    switch (error.code) {
    case ErrorCode::OutOfMemory:
        shown.kind = ErrorText::Kind::OutOfMemory;
        shown.title = tr("Not enough memory.");
        shown.text = tr("Close other programs, paint a smaller region or use a smaller model.");
        break;
    case ErrorCode::Unsupported:
        shown.kind = ErrorText::Kind::Unsupported;
        shown.title = tr("This is not available here.");
        break;
    case ErrorCode::Output:
        shown.kind = ErrorText::Kind::Output;
        shown.title = tr("The file could not be written.");
        break;
    case ErrorCode::BadInput:
    case ErrorCode::Usage:
        shown.kind = namesModelFile(where) ? ErrorText::Kind::Model : ErrorText::Kind::BadInput;
        shown.title = shown.kind == ErrorText::Kind::Model ? tr("The model “%1” cannot be used.").arg(QFileInfo(where).fileName())
                                                           : tr("This input cannot be used.");
        break;
    case ErrorCode::Internal: shown.title = tr("Something went wrong inside the program."); break;
    }
    // The engine's words are English; they say exactly what no general sentence can.
    const QString what = sentence(error.what + (error.remedy.empty() ? "" : ": " + error.remedy));
    if (!what.isEmpty())
        shown.text += (shown.text.isEmpty() ? QString() : QStringLiteral(" ")) + what;
    shown.details =
        QStringLiteral("%1: %2").arg(QString::fromLatin1(errorCodeName(error.code)), QString::fromStdString(formatError(error)));
    if (!error.detail.empty())
        shown.details += u'\n' + QString::fromStdString(error.detail);
    return shown;
}

} // namespace pentimento
