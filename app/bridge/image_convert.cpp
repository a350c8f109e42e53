// SPDX-License-Identifier: Apache-2.0
#include "app/bridge/image_convert.h"

#include "widgets/document/image_document.h"

#include <algorithm>
#include <cstring>

namespace pentimento {
namespace {

struct Layout {
    int channels = 0;
    int bits = 8;
};

Layout layoutOf(QImage::Format format)
{
    switch (format) {
    case QImage::Format_Grayscale8: return {1, 8};
    case QImage::Format_Grayscale16: return {1, 16};
    case QImage::Format_RGB888: return {3, 8};
    case QImage::Format_RGBA8888: return {4, 8};
    case QImage::Format_RGBA64: return {4, 16};
    default: return {};
    }
}

QImage::Format formatOf(const Image& image)
{
    const bool deep = image.bits == 16;
    switch (image.channels) {
    case 1: return deep ? QImage::Format_Grayscale16 : QImage::Format_Grayscale8;
    case 3: return deep ? QImage::Format_Invalid : QImage::Format_RGB888;
    case 4: return deep ? QImage::Format_RGBA64 : QImage::Format_RGBA8888;
    default: return QImage::Format_Invalid;
    }
}

Image packedRgb16(const QImage& image)
{
    ImageBuffer packed(image.width(), image.height(), 3, 16);
    for (int y = 0; y < image.height(); ++y) {
        const auto* in = reinterpret_cast<const quint16*>(image.constScanLine(y));
        std::uint16_t* out = packed.row16(y);
        for (int x = 0; x < image.width(); ++x, in += 4, out += 3)
            std::copy(in, in + 3, out);
    }
    return std::move(packed).share();
}

/// Grey with alpha, or 16-bit RGB, which Qt keeps with a fourth channel.
template <typename Sample> QImage spread(const Image& image, QImage::Format format)
{
    QImage result(image.width, image.height, format);
    for (int y = 0; y < image.height && !result.isNull(); ++y) {
        const auto* in = reinterpret_cast<const Sample*>(image.row(y));
        auto* out = reinterpret_cast<Sample*>(result.scanLine(y));
        for (int x = 0; x < image.width; ++x, in += image.channels, out += 4) {
            const bool grey = image.channels == 2;
            out[0] = in[0];
            out[1] = grey ? in[0] : in[1];
            out[2] = grey ? in[0] : in[2];
            out[3] = grey ? in[1] : Sample(~Sample(0));
        }
    }
    return result;
}

} // namespace

Image toEngineImage(const QImage& image)
{
    if (image.isNull())
        return {};
    if (image.format() == QImage::Format_RGBX64)
        return packedRgb16(image);
    const Layout layout = layoutOf(image.format());
    if (layout.channels == 0)
        return toEngineImage(toDocumentFormat(image));
    auto owner = std::make_shared<QImage>(image);
    const auto* first = reinterpret_cast<const std::byte*>(owner->constBits());
    return {image.width(),
            image.height(),
            layout.channels,
            layout.bits,
            std::size_t(image.bytesPerLine()),
            std::shared_ptr<const std::byte>(std::move(owner), first)};
}

QImage toQtImage(const Image& image)
{
    if (image.empty())
        return {};
    const QImage::Format format = formatOf(image);
    if (format == QImage::Format_Invalid) {
        if (image.bits == 8)
            return spread<quint8>(image, QImage::Format_RGBA8888);
        return spread<quint16>(image, image.channels == 2 ? QImage::Format_RGBA64 : QImage::Format_RGBX64);
    }
    // The QImage holds a share of the pixels; its first write makes a copy, since they count as read-only.
    auto* owner = new std::shared_ptr<const std::byte>(image.data);
    return QImage(
        reinterpret_cast<const uchar*>(image.data.get()), image.width, image.height, qsizetype(image.stride), format,
        [](void* data) { delete static_cast<std::shared_ptr<const std::byte>*>(data); }, owner);
}

QImage seenThrough(const QImage& pixels, const QImage& alpha, QSize size)
{
    const auto sized = [size](const QImage& image) {
        return image.size() == size ? image : image.scaled(size, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
    };
    QImage result = sized(pixels).convertToFormat(QImage::Format_ARGB32);
    const QImage mask = sized(alpha).convertToFormat(QImage::Format_Grayscale8);
    for (int y = 0; y < size.height(); ++y) {
        auto* row = reinterpret_cast<QRgb*>(result.scanLine(y));
        const uchar* opacity = mask.constScanLine(y);
        for (int x = 0; x < size.width(); ++x)
            row[x] = qPremultiply(qRgba(qRed(row[x]), qGreen(row[x]), qBlue(row[x]), qAlpha(row[x]) * opacity[x] / 255));
    }
    result.reinterpretAsFormat(QImage::Format_ARGB32_Premultiplied);
    return result;
}

} // namespace pentimento
