// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/picture_files.h"

#include "app/bridge/error_text.h"
#include "app/bridge/free_tr.h"
#include "app/bridge/image_convert.h"

#include "inference/api/picture_file.h"
#include "inference/api/settings.h"

#include <QColorSpace>
#include <QFileInfo>
#include <QImageReader>

#include <algorithm>

namespace pentimento {
namespace {

// A picture of N pixels needs about this much while it is read, shown and edited.
constexpr quint64 bytesPerPixel = 12;

std::filesystem::path toPath(const QString& path)
{
    return std::filesystem::path(path.toStdU16String());
}

QByteArray toBytes(const std::vector<std::uint8_t>& bytes)
{
    return QByteArray(reinterpret_cast<const char*>(bytes.data()), qsizetype(bytes.size()));
}

std::vector<std::uint8_t> fromBytes(const QByteArray& bytes)
{
    return {bytes.cbegin(), bytes.cend()};
}

PictureFormat toPictureFormat(FileFormat format)
{
    switch (format) {
    case FileFormat::Png: return PictureFormat::Png;
    case FileFormat::Jpeg: return PictureFormat::Jpeg;
    case FileFormat::WebP: return PictureFormat::WebP;
    case FileFormat::Other: break;
    }
    return PictureFormat::Other;
}

FileFormat toFileFormat(PictureFormat format)
{
    switch (format) {
    case PictureFormat::Png: return FileFormat::Png;
    case PictureFormat::Jpeg: return FileFormat::Jpeg;
    case PictureFormat::WebP: return FileFormat::WebP;
    case PictureFormat::Other: break;
    }
    return FileFormat::Other;
}

ErrorText cannotOpen(const QString& path, const QString& reason, const QString& details)
{
    return {ErrorText::Kind::BadInput, tr("“%1” cannot be opened.").arg(QFileInfo(path).fileName()), reason,
            path + QStringLiteral(": ") + details};
}

quint64 pixelLimit()
{
    return availableMemory() / bytesPerPixel;
}

std::optional<ErrorText> tooLarge(const QString& path, QSize size, quint64 limit)
{
    if (quint64(size.width()) * quint64(size.height()) <= limit)
        return std::nullopt;
    return cannotOpen(path,
                      tr("It has %1 × %2 pixels, which do not fit into the free memory. Close other programs or make "
                         "it smaller.")
                          .arg(size.width())
                          .arg(size.height()),
                      QStringLiteral("limit %1 pixels").arg(limit));
}

/// Formats that only Qt's plug-ins know (TIFF, ...).
std::variant<PictureData, ErrorText> readByQt(const QString& path, quint64 limit)
{
    QImageReader reader(path);
    reader.setDecideFormatFromContent(true);
    reader.setAutoTransform(true);
    if (!reader.canRead())
        return cannotOpen(path, tr("It is no picture that this program can read, or it is damaged."), reader.errorString());
    if (const auto error = tooLarge(path, reader.size(), limit))
        return *error;
    PictureData picture;
    const QImage image = reader.read();
    if (image.isNull())
        return cannotOpen(path, tr("It is damaged or ends early."), reader.errorString());
    picture.icc = image.colorSpace().iccProfile();
    picture.image = toDocumentFormat(image);
    picture.path = path;
    picture.format = PictureFormat::Other;
    return picture;
}

} // namespace

std::variant<PictureData, ErrorText> readPictureFile(const QString& path)
{
    const QFileInfo file(path);
    if (!file.exists())
        return cannotOpen(path, tr("The file does not exist."), QStringLiteral("no such file"));
    if (!file.isFile())
        return cannotOpen(path, tr("This is a folder, not a file."), QStringLiteral("not a file"));
    const quint64 limit = pixelLimit();
    const auto header = readPictureHeader(toPath(path));
    if (const auto* known = std::get_if<PictureHeader>(&header)) {
        if (const auto error = tooLarge(path, {known->size.width, known->size.height}, limit))
            return *error;
        const auto read = readPicture(toPath(path), limit);
        if (const auto* picture = std::get_if<Picture>(&read))
            return PictureData{toQtImage(picture->image), toBytes(picture->icc), toBytes(picture->exif), path,
                               toPictureFormat(picture->format)};
        const ErrorText why = toErrorText(std::get<Error>(read));
        return cannotOpen(path, why.text, why.details);
    }
    QImageReader::setAllocationLimit(int(std::min<quint64>(limit * bytesPerPixel >> 20, 1U << 30)));
    return readByQt(path, limit);
}

std::variant<QImage, ErrorText> readMaskFile(const QString& path, QSize pictureSize)
{
    const auto read = readMask(toPath(path));
    if (const auto* error = std::get_if<Error>(&read)) {
        const ErrorText why = toErrorText(*error);
        return cannotOpen(path, why.text, why.details);
    }
    const auto& mask = std::get<Image>(read);
    if (QSize(mask.width, mask.height) != pictureSize)
        return cannotOpen(path,
                          tr("The mask has %1 × %2 pixels, the picture has %3 × %4.")
                              .arg(mask.width)
                              .arg(mask.height)
                              .arg(pictureSize.width())
                              .arg(pictureSize.height()),
                          QStringLiteral("mask of another size"));
    return toQtImage(mask);
}

std::optional<ErrorText> writePictureFile(const PictureData& picture, const QString& path, const SaveOptions& options)
{
    Picture file;
    file.image = toEngineImage(picture.image);
    file.format = toFileFormat(options.format);
    file.icc = fromBytes(picture.icc);
    file.exif = fromBytes(picture.exif);
    WriteOptions write;
    write.format = file.format;
    write.quality = options.quality;
    write.lossless = options.lossless;
    write.pngLevel = options.pngLevel;
    if (const auto error = writePicture(toPath(path), file, write))
        return toErrorText(*error);
    return std::nullopt;
}

std::optional<ErrorText> writeMaskFile(const QImage& mask, const QString& path)
{
    PictureData picture;
    picture.image = mask;
    return writePictureFile(picture, path, {});
}

QImage readThumbnail(const QString& path, QSize size)
{
    QImageReader reader(path);
    reader.setAutoTransform(true);
    const QSize full = reader.size();
    if (full.isEmpty() || quint64(full.width()) * quint64(full.height()) > pixelLimit())
        return {};
    reader.setScaledSize(full.scaled(size, Qt::KeepAspectRatioByExpanding));
    return reader.read();
}

std::optional<PictureFormat> formatForName(const QString& path)
{
    const auto format = formatFromName(toPath(path));
    return format ? std::optional(toPictureFormat(*format)) : std::nullopt;
}

bool isLossy(PictureFormat format, const SaveOptions& options)
{
    return format == PictureFormat::Jpeg || (format == PictureFormat::WebP && !options.lossless);
}

QStringList readableNamePatterns()
{
    QStringList patterns;
    for (const QByteArray& name : QImageReader::supportedImageFormats())
        patterns += QStringLiteral("*.") + QString::fromLatin1(name);
    return patterns;
}

QString configurationFolder()
{
    return QString::fromStdString(configFolder().string());
}

QString stateFolderPath()
{
    return QString::fromStdString(stateFolder().string());
}

QString resourceFolderPath()
{
    return QString::fromStdString(resourceFolder().string());
}

QString samplePicture()
{
    const QString path = QStringLiteral("/usr/share/palapeli/collection/castle-maintenon.jpg");
    return QFileInfo::exists(path) ? path : QString();
}

} // namespace pentimento
