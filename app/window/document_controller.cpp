// SPDX-License-Identifier: Apache-2.0
#include "app/window/document_controller.h"

#include "app/window/app_settings.h"
#include "widgets/canvas/canvas_widget.h"
#include "widgets/common/background.h"
#include "widgets/dialogs/export_dialog.h"
#include "widgets/document/image_document.h"
#include "widgets/panels/notice_bar.h"

#include <QClipboard>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMessageBox>
#include <QMimeData>
#include <QPushButton>
#include <QRegularExpression>

#include <memory>

namespace pentimento {
namespace {

QString saveFilter()
{
    return DocumentController::tr("PNG (*.png);;JPEG (*.jpg *.jpeg);;WebP (*.webp)");
}

QString endingOf(PictureFormat format)
{
    switch (format) {
    case PictureFormat::Jpeg: return QStringLiteral("jpg");
    case PictureFormat::WebP: return QStringLiteral("webp");
    default: return QStringLiteral("png");
    }
}

/// Asks for a file to write; a name without an ending gets `ending` before the question about replacing a file.
QString chooseSaveName(QWidget& window, const QString& title, const QString& suggested, const QString& filter,
                       const QString& ending)
{
    QFileDialog dialog(&window, title, QFileInfo(suggested).absolutePath(), filter);
    dialog.setAcceptMode(QFileDialog::AcceptSave);
    dialog.setFileMode(QFileDialog::AnyFile);
    dialog.selectFile(QFileInfo(suggested).fileName());
    dialog.setDefaultSuffix(ending);
    const auto followFilter = [&dialog](const QString& chosen) {
        const QString first = chosen.section(QStringLiteral("(*."), 1).section(QRegularExpression(QStringLiteral("[ )]")), 0, 0);
        dialog.setDefaultSuffix(first);
    };
    QObject::connect(&dialog, &QFileDialog::filterSelected, &dialog, followFilter);
    return dialog.exec() == QDialog::Accepted ? dialog.selectedFiles().value(0) : QString();
}

/// What a reader hands over: the pixels and, made on the same thread, their reduced sizes.
struct Loaded {
    std::variant<PictureData, ErrorText> picture;
    PicturePyramid pyramid;
};

} // namespace

DocumentController::DocumentController(ImageDocument& document, CanvasWidget& canvas, NoticeBar& notice, AppSettings& settings,
                                       QWidget& window)
    : QObject(&window), m_document(document), m_canvas(canvas), m_notice(notice), m_settings(settings), m_window(window)
{
    askUnsaved = [this](const QString& reason) {
        QMessageBox box(QMessageBox::NoIcon, displayName(), reason,
                        QMessageBox::Save | QMessageBox::Discard | QMessageBox::Cancel, &m_window);
        box.setDefaultButton(QMessageBox::Save);
        switch (box.exec()) {
        case QMessageBox::Save: return Answer::Save;
        case QMessageBox::Discard: return Answer::Drop;
        default: return Answer::Stay;
        }
    };
    askLossy = [this] {
        QMessageBox box(QMessageBox::NoIcon, displayName(),
                        tr("This format loses a little of the picture at every save, also outside the edits."),
                        QMessageBox::NoButton, &m_window);
        box.setInformativeText(tr("PNG keeps every pixel. After “Save anyway” this question does not come again."));
        auto* png = box.addButton(tr("Save as PNG…"), QMessageBox::AcceptRole);
        auto* keep = box.addButton(tr("Save anyway"), QMessageBox::AcceptRole);
        box.addButton(QMessageBox::Cancel);
        box.setDefaultButton(png);
        box.exec();
        if (box.clickedButton() == png)
            return LossyAnswer::Png;
        return box.clickedButton() == keep ? LossyAnswer::Keep : LossyAnswer::Stay;
    };
}

QString DocumentController::displayName() const
{
    const QString path = m_document.data().path;
    return path.isEmpty() ? m_name : QFileInfo(path).fileName();
}

void DocumentController::showError(const ErrorText& error)
{
    m_notice.showNotice(error.title, error.text, error.details);
}

void DocumentController::whenSafe(std::function<void()> then)
{
    const bool waits = resultWaits();
    if (!m_document.isModified() && !waits)
        return then();
    const QString reason =
        m_document.isModified() && m_document.data().path.isEmpty() ? tr("No file holds “%1” yet. Save it?").arg(displayName())
        : m_document.isModified()                                   ? tr("Save the kept edits of “%1”?").arg(displayName())
                                  : tr("A result waits and is not in the picture “%1”. Save without it?").arg(displayName());
    switch (askUnsaved(reason)) {
    case Answer::Save: return saveThen(std::move(then));
    case Answer::Drop: return then();
    case Answer::Stay: break;
    }
}

void DocumentController::open()
{
    const QString path = QFileDialog::getOpenFileName(&m_window, tr("Open a picture"), m_settings.lastFolder(),
                                                      tr("Pictures (%1);;All files (*)").arg(readableNamePatterns().join(u' ')));
    if (!path.isEmpty())
        openFile(path);
}

void DocumentController::openFile(const QString& path)
{
    whenSafe([this, path] { load(QFileInfo(path).absoluteFilePath(), false); });
}

void DocumentController::openSample()
{
    whenSafe([this] { load(samplePicture(), true); });
}

void DocumentController::load(const QString& path, bool detached)
{
    if (m_loading)
        return;
    m_loading = true;
    Q_EMIT loadingChanged(QFileInfo(path).fileName());
    runInBackground(
        this,
        [path] {
            Loaded loaded{readPictureFile(path), {}};
            if (const auto* picture = std::get_if<PictureData>(&loaded.picture))
                loaded.pyramid = PicturePyramid(picture->image);
            return loaded;
        },
        [this, path, detached](Loaded loaded) {
            m_loading = false;
            Q_EMIT loadingChanged({});
            if (const auto* error = std::get_if<ErrorText>(&loaded.picture)) {
                if (!QFileInfo::exists(path)) {
                    m_settings.removeRecentFile(path);
                    Q_EMIT recentChanged();
                }
                return showError(*error);
            }
            auto& picture = std::get<PictureData>(loaded.picture);
            m_canvas.setPyramid(std::move(loaded.pyramid));
            if (detached) { // the system's own file is never written
                m_name = QFileInfo(path).fileName();
                picture.path.clear();
            } else {
                m_settings.addRecentFile(path);
            }
            adopt(std::move(picture));
        });
}

void DocumentController::adopt(PictureData picture)
{
    m_notice.hide();
    m_document.setPicture(std::move(picture));
    Q_EMIT nameChanged();
    Q_EMIT opened();
}

void DocumentController::paste()
{
    const QMimeData* data = QGuiApplication::clipboard()->mimeData();
    if (data && canTake(*data))
        take(*data);
    else
        m_notice.showNotice(tr("There is no picture in the clipboard."), tr("Copy one in another program first."));
}

void DocumentController::copy()
{
    if (m_document.isOpen())
        QGuiApplication::clipboard()->setImage(m_document.picture());
}

bool DocumentController::canTake(const QMimeData& data) const
{
    return data.hasImage() || (data.hasUrls() && data.urls().first().isLocalFile());
}

void DocumentController::take(const QMimeData& data)
{
    if (data.hasUrls() && data.urls().first().isLocalFile()) {
        const QList<QUrl> urls = data.urls();
        for (const QUrl& url : urls.mid(1)) {
            if (url.isLocalFile())
                Q_EMIT windowWanted(url.toLocalFile());
        }
        return openFile(urls.first().toLocalFile());
    }
    const QImage image = qvariant_cast<QImage>(data.imageData());
    if (image.isNull())
        return;
    whenSafe([this, image] {
        m_name = tr("pasted picture");
        PictureData picture;
        picture.image = toDocumentFormat(image);
        adopt(std::move(picture));
        m_document.markUnsaved();
    });
}

void DocumentController::save()
{
    saveThen([] {});
}

void DocumentController::saveAs()
{
    saveAsThen([] {});
}

void DocumentController::saveThen(std::function<void()> then)
{
    if (!m_document.isOpen())
        return;
    const PictureData& data = m_document.data();
    const auto format = formatForName(data.path);
    if (data.path.isEmpty() || !format)
        return saveAsThen(std::move(then));
    // The file has these very pixels; writing a JPEG again would only make it worse.
    if (!m_document.isModified() && QFileInfo::exists(data.path)) {
        Q_EMIT saved(data.path);
        return then();
    }
    SaveOptions options;
    options.format = *format;
    if (isLossy(*format, options) && !m_settings.lossySaveAgreed()) {
        switch (askLossy()) {
        case LossyAnswer::Png: return saveAsThen(std::move(then));
        case LossyAnswer::Stay: return;
        case LossyAnswer::Keep: m_settings.setLossySaveAgreed(true);
        }
    }
    write(data.path, options, std::move(then), false);
}

QString DocumentController::suggestedPath(PictureFormat format) const
{
    const QString path = m_document.data().path;
    const QString folder = path.isEmpty() ? m_settings.lastFolder() : QFileInfo(path).absolutePath();
    const QString stem = QFileInfo(displayName()).completeBaseName();
    return QStringLiteral("%1/%2-edited.%3").arg(folder, stem, endingOf(format));
}

void DocumentController::saveAsThen(std::function<void()> then)
{
    if (!m_document.isOpen())
        return;
    const QString path = chooseSaveName(m_window, tr("Save the picture"), suggestedPath(PictureFormat::Png), saveFilter(),
                                        endingOf(PictureFormat::Png));
    if (path.isEmpty())
        return;
    const auto format = formatForName(path);
    if (!format)
        return m_notice.showNotice(tr("This kind of file cannot be written."), tr("Let the name end in .png, .jpg or .webp."),
                                   path, {{tr("Save as…"), [this] { saveAs(); }}});
    SaveOptions options;
    options.format = *format;
    write(path, options, std::move(then), false);
}

void DocumentController::exportCopy()
{
    if (!m_document.isOpen())
        return;
    const auto own = formatForName(m_document.data().path);
    ExportDialog dialog(m_document.picture().hasAlphaChannel(), &m_window);
    dialog.setFormat(own.value_or(PictureFormat::Png));
    if (dialog.exec() != QDialog::Accepted)
        return;
    const ExportDialog::Choice choice = dialog.choice();
    const QString ending = endingOf(choice.format);
    const QString path =
        chooseSaveName(m_window, tr("Export a copy"), suggestedPath(choice.format), tr("%1 files (*.%1)").arg(ending), ending);
    if (path.isEmpty())
        return;
    if (formatForName(path) != choice.format)
        return m_notice.showNotice(tr("The name does not fit the format."), tr("Let it end in .%1.").arg(ending), path);
    if (QFileInfo(path).absoluteFilePath() == m_document.data().path)
        return m_notice.showNotice(tr("This is the open file."),
                                   tr("Export never touches it; choose another name, or use Save."));
    write(
        path, {choice.format, choice.quality, choice.lossless, choice.pngLevel}, [] {}, true);
}

void DocumentController::write(const QString& path, const SaveOptions& options, std::function<void()> then, bool asCopy)
{
    const quint64 revision = m_document.revision();
    runInBackground(
        this, [data = m_document.data(), path, options] { return writePictureFile(data, path, options); },
        [this, path, options, revision, asCopy, then = std::move(then)](const std::optional<ErrorText>& error) {
            if (error)
                return m_notice.showNotice(error->title, error->text, error->details, {{tr("Save as…"), [this] { saveAs(); }}});
            if (!asCopy) {
                m_document.markSaved(path, options.format, revision);
                m_settings.addRecentFile(path);
                Q_EMIT nameChanged();
            }
            Q_EMIT saved(path);
            then();
        });
}

void DocumentController::loadMask()
{
    const QString path = QFileDialog::getOpenFileName(&m_window, tr("Load a mask"), m_settings.lastFolder(),
                                                      tr("Pictures (*.png *.jpg *.jpeg *.webp *.bmp);;All files (*)"));
    if (!path.isEmpty())
        loadMaskFile(path);
}

void DocumentController::loadMaskFile(const QString& path)
{
    runInBackground(
        this, [path, size = m_document.picture().size()] { return readMaskFile(path, size); },
        [this](const std::variant<QImage, ErrorText>& read) {
            if (const auto* error = std::get_if<ErrorText>(&read))
                return showError(*error);
            const MaskTiles mask = MaskTiles::fromImage(std::get<QImage>(read));
            if (mask.size() == m_document.picture().size())
                m_document.replaceMask(mask, tr("Load mask"));
        });
}

void DocumentController::saveMask()
{
    const QString path = chooseSaveName(m_window, tr("Save the mask"),
                                        QFileInfo(suggestedPath(PictureFormat::Png)).absolutePath() + u'/' +
                                            QFileInfo(displayName()).completeBaseName() + QStringLiteral("-mask.png"),
                                        tr("PNG (*.png)"), endingOf(PictureFormat::Png));
    if (path.isEmpty())
        return;
    runInBackground(
        this, [mask = m_document.mask(), path] { return writeMaskFile(mask.toImage(), path); },
        [this, path](const std::optional<ErrorText>& error) {
            if (error)
                showError(*error);
            else
                Q_EMIT saved(path);
        });
}

} // namespace pentimento
