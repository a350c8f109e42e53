// SPDX-License-Identifier: Apache-2.0
#include "widgets/document/undo_commands.h"

#include "widgets/common/background.h"
#include "widgets/document/image_document.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace pentimento {
namespace {

constexpr qsizetype longToDeflate = qsizetype(1) << 20; // bytes; more is not done on the window's thread

// Level 1: the bytes are needed back within a key press.
QByteArray deflated(const QByteArray& bytes)
{
    return bytes.isEmpty() ? bytes : qCompress(bytes, 1);
}

QByteArray inflated(const QByteArray& bytes, bool compressed)
{
    return compressed && !bytes.isEmpty() ? qUncompress(bytes) : bytes;
}

QByteArray packedRows(const QImage& image)
{
    const qsizetype row = qsizetype(image.width()) * image.depth() / 8;
    QByteArray bytes(row * image.height(), Qt::Uninitialized);
    for (int y = 0; y < image.height(); ++y)
        std::memcpy(bytes.data() + y * row, image.constScanLine(y), std::size_t(row));
    return bytes;
}

QImage unpackedRows(const QByteArray& bytes, QSize size, QImage::Format format)
{
    QImage image(size, format);
    const qsizetype row = qsizetype(image.width()) * image.depth() / 8;
    for (int y = 0; y < image.height() && (y + 1) * row <= bytes.size(); ++y)
        std::memcpy(image.scanLine(y), bytes.constData() + y * row, std::size_t(row));
    return image;
}

} // namespace

void BudgetedCommand::drop()
{
    release();
    setObsolete(true);
}

MaskCommand::MaskCommand(ImageDocument& document, TileDelta delta, const QString& text)
    : BudgetedCommand(text), m_document(document), m_delta(std::move(delta))
{
}

void MaskCommand::undo()
{
    apply(false);
}

void MaskCommand::redo()
{
    if (m_done)
        m_done = false;
    else
        apply(true);
}

void MaskCommand::compress()
{
    if (m_compressed)
        return;
    for (TileDelta::Entry& entry : m_delta.entries) {
        entry.before = deflated(entry.before);
        entry.after = deflated(entry.after);
    }
    m_compressed = true;
}

void MaskCommand::apply(bool forward)
{
    for (const TileDelta::Entry& entry : m_delta.entries)
        m_document.m_mask.setTileBytes(entry.index, inflated(forward ? entry.after : entry.before, m_compressed));
    m_document.announceMask(m_delta.rect);
}

PatchCommand::PatchCommand(ImageDocument& document, quint64 revision, const QRect& rect, const QImage& pixels, bool done,
                           const QString& text)
    : BudgetedCommand(text), m_document(document), m_revision(revision), m_rect(rect), m_other(pixels), m_size(pixels.size()),
      m_format(pixels.format()), m_done(done)
{
}

void PatchCommand::redo()
{
    if (m_done)
        m_done = false;
    else
        exchange();
}

void PatchCommand::compress()
{
    if (m_compressing || m_other.isNull())
        return;
    if (m_other.sizeInBytes() < longToDeflate) {
        m_packed = deflated(packedRows(m_other));
        m_other = {};
        return;
    }
    m_compressing = true;
    ImageDocument* document = &m_document;
    runInBackground(
        document, [image = m_other] { return std::pair(image.cacheKey(), deflated(packedRows(image))); },
        [document, revision = m_revision](const std::pair<qint64, QByteArray>& packed) {
            // The step may be gone by now.
            if (PatchCommand* step = document->editMaking(revision))
                step->adoptPacked(packed.first, packed.second);
            document->keepBudget();
        });
}

void PatchCommand::adoptPacked(qint64 source, const QByteArray& packed)
{
    m_compressing = false;
    if (m_other.cacheKey() != source) // undone or redone meanwhile
        return;
    m_packed = packed;
    m_other = {};
}

void PatchCommand::unpack()
{
    if (m_packed.isEmpty())
        return;
    m_other = unpackedRows(qUncompress(std::exchange(m_packed, {})), m_size, m_format);
}

void PatchCommand::release()
{
    m_other = {};
    m_packed.clear();
}

void PatchCommand::exchange()
{
    unpack();
    m_document.announceChange();
    QImage& picture = m_document.m_picture.image;
    if (m_size == picture.size()) {
        picture.swap(m_other);
    } else {
        const qsizetype pixel = picture.depth() / 8;
        for (int y = 0; y < m_rect.height(); ++y) {
            uchar* row = picture.scanLine(m_rect.y() + y) + pixel * m_rect.x();
            std::swap_ranges(row, row + pixel * m_rect.width(), m_other.scanLine(y));
        }
    }
    m_document.announcePicture(m_rect);
}

} // namespace pentimento
