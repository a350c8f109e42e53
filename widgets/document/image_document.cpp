// SPDX-License-Identifier: Apache-2.0
#include "widgets/document/image_document.h"

#include "widgets/document/undo_commands.h"

namespace pentimento {
namespace {
constexpr quint64 neverSaved = ~quint64(0); // revision of a picture that no file holds
} // namespace

QImage toDocumentFormat(const QImage& image)
{
    switch (image.format()) {
    case QImage::Format_Grayscale8:
    case QImage::Format_Grayscale16:
    case QImage::Format_RGB888:
    case QImage::Format_RGBA8888:
    case QImage::Format_RGBX64:
    case QImage::Format_RGBA64: return image;
    default: break;
    }
    const bool deep = image.pixelFormat().redSize() > 8;
    if (image.hasAlphaChannel())
        return image.convertToFormat(deep ? QImage::Format_RGBA64 : QImage::Format_RGBA8888);
    if (image.isGrayscale() && !deep)
        return image.convertToFormat(QImage::Format_Grayscale8);
    return image.convertToFormat(deep ? QImage::Format_RGBX64 : QImage::Format_RGB888);
}

ImageDocument::ImageDocument(QObject* parent) : QObject(parent), m_undo(this)
{
    connect(&m_undo, &QUndoStack::indexChanged, this, [this](int index) {
        if (index > 0)
            static_cast<BudgetedCommand*>(const_cast<QUndoCommand*>(m_undo.command(index - 1)))->makeReady();
        const quint64 now = currentRevision();
        if (now == m_pictureRevision)
            return;
        m_pictureRevision = now;
        Q_EMIT modifiedChanged();
    });
}

ImageDocument::~ImageDocument()
{
    // The stack reports while it goes down, when nobody may listen any more.
    m_undo.disconnect();
}

quint64 ImageDocument::currentRevision() const
{
    for (int i = m_undo.index() - 1; i >= 0; --i) {
        if (const auto* step = dynamic_cast<const PatchCommand*>(m_undo.command(i)))
            return step->revision();
    }
    return 0;
}

bool ImageDocument::canUndo() const
{
    return m_undo.canUndo() && !m_undo.command(m_undo.index() - 1)->isObsolete();
}

void ImageDocument::setPicture(PictureData picture)
{
    m_undo.clear();
    m_changing = false;
    m_picture = std::move(picture);
    m_mask = MaskTiles(m_picture.image.size());
    m_maskBefore = {};
    m_pictureRevision = m_savedRevision = 0;
    Q_EMIT pictureReplaced();
    Q_EMIT modifiedChanged();
}

void ImageDocument::markSaved(const QString& path, PictureFormat format, quint64 revision)
{
    m_picture.path = path;
    m_picture.format = format;
    m_savedRevision = revision;
    Q_EMIT modifiedChanged();
}

void ImageDocument::markUnsaved()
{
    m_savedRevision = neverSaved;
    Q_EMIT modifiedChanged();
}

MaskTiles& ImageDocument::beginMaskChange()
{
    if (!m_changing) {
        m_maskBefore = m_mask;
        m_changing = true;
    }
    return m_mask;
}

void ImageDocument::endMaskChange(const QString& text)
{
    if (!m_changing)
        return;
    m_changing = false;
    m_mask.dropZeroTiles();
    TileDelta delta = tileDifference(m_maskBefore, m_mask);
    m_maskBefore = {};
    if (!delta.isEmpty())
        push(new MaskCommand(*this, std::move(delta), text));
}

void ImageDocument::cancelMaskChange()
{
    if (!m_changing)
        return;
    m_changing = false;
    const QRect rect = tileDifference(m_maskBefore, m_mask).rect;
    m_mask = std::exchange(m_maskBefore, {});
    Q_EMIT maskChanged(rect);
}

void ImageDocument::replaceMask(MaskTiles mask, const QString& text)
{
    Q_ASSERT(mask.size() == m_mask.size());
    endMaskChange(text);
    beginMaskChange();
    m_mask = std::move(mask);
    const QRect rect = tileDifference(m_maskBefore, m_mask).rect;
    endMaskChange(text);
    Q_EMIT maskChanged(rect);
}

void ImageDocument::replaceRegion(QPoint corner, const QImage& pixels, const QString& text)
{
    Q_ASSERT(pixels.format() == m_picture.image.format());
    endMaskChange(text);
    push(new PatchCommand(*this, ++m_lastRevision, {corner, pixels.size()}, pixels, false, text));
}

void ImageDocument::applyEdit(PictureEdit edit, const QString& text)
{
    Q_ASSERT(edit.picture.size() == m_picture.image.size());
    endMaskChange(text);
    announceChange();
    m_picture.image = std::move(edit.picture);
    announcePicture(edit.rect);
    push(new PatchCommand(*this, ++m_lastRevision, edit.rect, edit.before, true, text));
}

bool ImageDocument::hasStep(quint64 serial) const
{
    for (int i = 0; i < m_undo.count(); ++i) {
        if (static_cast<const BudgetedCommand*>(m_undo.command(i))->m_serial == serial)
            return true;
    }
    return false;
}

qint64 ImageDocument::undoBytes() const
{
    qint64 sum = 0;
    for (int i = 0; i < m_undo.count(); ++i)
        sum += static_cast<const BudgetedCommand*>(m_undo.command(i))->bytes();
    return sum;
}

void ImageDocument::announcePicture(const QRect& rect)
{
    Q_EMIT pictureChanged(rect);
}

void ImageDocument::push(QUndoCommand* command)
{
    m_undo.push(command);
    keepBudget();
}

// The oldest steps give way first: deflated, then, if that is not enough, dropped. The newest is never touched.
// A large one is deflated elsewhere, one at a time; it calls this again.
void ImageDocument::keepBudget()
{
    qint64 sum = undoBytes();
    for (const bool drop : {false, true}) {
        for (int i = 0; i + 1 < m_undo.count() && sum > m_undoBudget; ++i) {
            if (i == m_undo.index() - 1) // the next to be undone
                continue;
            auto* step = static_cast<BudgetedCommand*>(const_cast<QUndoCommand*>(m_undo.command(i)));
            sum -= step->bytes();
            drop ? step->drop() : step->compress();
            if (step->isCompressing())
                return;
            sum += step->bytes();
        }
    }
}

} // namespace pentimento
