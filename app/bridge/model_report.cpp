// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/model_report.h"

#include "app/bridge/error_text.h"

#include "inference/api/model_store.h"

#include <QCoreApplication>
#include <QLocale>

namespace pentimento {
namespace {

QString text(const char* source)
{
    return QCoreApplication::translate("ModelReport", source);
}

} // namespace

ModelReport toModelReport(const ModelCheck& check)
{
    ModelReport report;
    for (const std::string& problem : check.problems())
        report.problems += QString::fromStdString(problem);
    qsizetype known = 0;
    for (const FileCheck& file : check.files)
        known += file.expected.empty() ? 0 : 1;
    QStringList lines;
    lines += text("%1 files read, %2 with a known checksum.").arg(check.files.size()).arg(known);
    if (!check.unused.empty())
        lines += text("%1 tensors that nothing uses; they do no harm.").arg(check.unused.size());
    if (check.trial) {
        const QLocale locale;
        lines += text("One evaluation of the UNet at %1 took %2 s.")
                     .arg(QString::fromStdString(check.trial->pictureSize), locale.toString(check.trial->unetSeconds, 'f', 2));
        lines += text("The VAE gives a picture back with %1 dB.").arg(locale.toString(check.trial->vaePsnr, 'f', 1));
    }
    report.summary = lines.join(u'\n');
    return report;
}

std::variant<QString, ErrorText> importModelFile(const QString& path, const std::function<void(const ModelWork&)>& progress,
                                                 const std::shared_ptr<const std::atomic<bool>>& cancelled)
{
    const CancelToken cancel;
    const auto report = [&](const WorkProgress& work) {
        if (cancelled->load())
            cancel.cancel();
        progress({QString::fromStdString(work.what), work.done, work.secondsLeft});
    };
    const auto outcome = importModel(path.toStdString(), {}, report, cancel);
    if (const auto* folder = std::get_if<std::filesystem::path>(&outcome))
        return QString::fromStdString(folder->string());
    if (const auto* error = std::get_if<Error>(&outcome))
        return toErrorText(*error);
    return QString();
}

std::optional<ErrorText> removeOwnModel(const QString& path)
{
    const auto removable = removableModel(path.toStdString());
    if (const auto* error = std::get_if<Error>(&removable))
        return toErrorText(*error);
    if (const std::optional<Error> error = removeModel(std::get<std::filesystem::path>(removable)))
        return toErrorText(*error);
    return std::nullopt;
}

} // namespace pentimento
