// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/edit_job.h"

#include <QString>
#include <QStringList>

#include <optional>
#include <variant>

namespace pentimento {

struct SaveOptions {
    PictureFormat format = PictureFormat::Png;
    int quality = 95;      ///< 1..100, JPEG and lossy WebP
    bool lossless = false; ///< WebP
    int pngLevel = 6;      ///< 0..9
};

/// All of these read or write whole files: off the window's thread.
std::variant<PictureData, ErrorText> readPictureFile(const QString& path);
std::variant<QImage, ErrorText> readMaskFile(const QString& path, QSize pictureSize); ///< Grayscale8
std::optional<ErrorText> writePictureFile(const PictureData& picture, const QString& path, const SaveOptions& options);
std::optional<ErrorText> writeMaskFile(const QImage& mask, const QString& path);
/// Null when the file cannot be read; costs little for JPEG files.
QImage readThumbnail(const QString& path, QSize size);

std::optional<PictureFormat> formatForName(const QString& path);
bool isLossy(PictureFormat format, const SaveOptions& options);
QStringList readableNamePatterns(); ///< "*.png", "*.jpg", ...

QString configurationFolder();
QString stateFolderPath();
QString resourceFolderPath();
QString samplePicture(); ///< empty when the system has none

} // namespace pentimento
