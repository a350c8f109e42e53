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

BudgetedCommand::BudgetedCommand(ImageDocument& document, const QString& text)
    : QUndoCommand(text), m_document(document), m_serial(document.nextSerial())
{
}

template <typename Step, typename Work, typename Adopt> void BudgetedCommand::workElsewhere(Step* step, Work work, Adopt adopt)
{
    m_workingElsewhere = true;
    ImageDocument* document = &m_document;
    runInBackground(document, std::move(work), [document, step, serial = m_serial, adopt](auto result) {
        if (document->hasStep(serial)) {
            step->m_workingElsewhere = false;
            adopt(step, std::move(result));
        }
        document->keepBudget();
    });
}

void BudgetedCommand::drop()
{
    release();
    setObsolete(true);
}

MaskCommand::MaskCommand(ImageDocument& document, TileDelta delta, const QString& text)
    : BudgetedCommand(document, text), m_delta(std::move(delta))
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
    if (m_compressed || isCompressing())
        return;
    auto work = [entries = m_delta.entries]() mutable {
        for (TileDelta::Entry& entry : entries) {
            entry.before = deflated(entry.before);
            entry.after = deflated(entry.after);
        }
        return entries;
    };
    const auto adopt = [](MaskCommand* step, std::vector<TileDelta::Entry> entries) {
        if (step->m_delta.entries.empty()) // given back meanwhile
            return;
        step->m_delta.entries = std::move(entries);
        step->m_compressed = true;
    };
    if (bytes() < longToDeflate)
        adopt(this, work());
    else
        workElsewhere(this, work, adopt);
}

void MaskCommand::apply(bool forward)
{
    for (const TileDelta::Entry& entry : m_delta.entries)
        m_document.m_mask.setTileBytes(entry.index, inflated(forward ? entry.after : entry.before, m_compressed));
    m_document.announceMask(m_delta.rect);
}

PatchCommand::PatchCommand(ImageDocument& document, quint64 revision, const QRect& rect, const QImage& pixels, bool done,
                           const QString& text)
    : BudgetedCommand(document, text), m_revision(revision), m_rect(rect), m_other(pixels), m_size(pixels.size()),
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
    if (isCompressing() || m_other.isNull())
        return;
    const auto work = [image = m_other] { return std::pair(image.cacheKey(), deflated(packedRows(image))); };
    const auto adopt = [](PatchCommand* step, const std::pair<qint64, QByteArray>& packed) {
        if (step->m_other.cacheKey() != packed.first) // undone or redone meanwhile
            return;
        step->m_packed = packed.second;
        step->m_other = {};
    };
    if (bytes() < longToDeflate)
        adopt(this, work());
    else
        workElsewhere(this, work, adopt);
}

void PatchCommand::makeReady()
{
    if (m_packed.size() < longToDeflate || isCompressing())
        return;
    const auto work = [packed = m_packed, size = m_size, format = m_format] {
        return std::pair(packed, unpackedRows(qUncompress(packed), size, format));
    };
    workElsewhere(this, work, [](PatchCommand* step, const std::pair<QByteArray, QImage>& unpacked) {
        if (step->m_packed.constData() != unpacked.first.constData()) // undone meanwhile
            return;
        step->m_other = unpacked.second;
        step->m_packed.clear();
    });
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
