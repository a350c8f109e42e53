// SPDX-License-Identifier: Apache-2.0
#include "widgets/document/undo_commands.h"

#include "widgets/document/image_document.h"

#include <cstring>

namespace pentimento {
namespace {

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

PatchCommand::PatchCommand(ImageDocument& document, quint64 revision, QPoint corner, const QImage& before, const QImage& after,
                           const QString& text)
    : BudgetedCommand(text), m_document(document), m_revision(revision), m_rect(corner, after.size()),
      m_before(packedRows(before)), m_after(packedRows(after))
{
}

void PatchCommand::undo()
{
    apply(m_before);
}

void PatchCommand::redo()
{
    apply(m_after);
}

qint64 PatchCommand::bytes() const
{
    return m_before.size() + m_after.size();
}

void PatchCommand::compress()
{
    if (m_compressed)
        return;
    m_before = deflated(m_before);
    m_after = deflated(m_after);
    m_compressed = true;
}

void PatchCommand::release()
{
    m_before.clear();
    m_after.clear();
}

void PatchCommand::apply(const QByteArray& pixels)
{
    const QByteArray rows = inflated(pixels, m_compressed);
    QImage& picture = m_document.m_picture.image;
    const qsizetype pixel = picture.depth() / 8;
    const qsizetype row = pixel * m_rect.width();
    for (int y = 0; y < m_rect.height(); ++y)
        std::memcpy(picture.scanLine(m_rect.y() + y) + pixel * m_rect.x(), rows.constData() + y * row, std::size_t(row));
    m_document.announcePicture(m_rect);
}

} // namespace pentimento
