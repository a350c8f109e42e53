// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/document/mask_tiles.h"

#include <QImage>
#include <QUndoCommand>

namespace pentimento {

class ImageDocument;

/// A step that can say what it holds and make itself smaller when the undo memory runs out.
class BudgetedCommand : public QUndoCommand {
public:
    BudgetedCommand(ImageDocument& document, const QString& text);
    virtual qint64 bytes() const = 0;
    /// Deflates what it holds, a large step on another thread and some time later; undo and redo still give the same bytes.
    virtual void compress() = 0;
    virtual void makeReady() {} ///< the next to be undone: inflates what takes long, on another thread
    bool isCompressing() const { return m_workingElsewhere; }
    void drop(); ///< gives everything back; the step can no longer be undone

protected:
    virtual void release() = 0;
    /// Calls `work` on another thread, then `adopt(step, what work gave)` here if the step is still there.
    template <typename Step, typename Work, typename Adopt> void workElsewhere(Step* step, Work work, Adopt adopt);
    ImageDocument& m_document;

private:
    friend class ImageDocument;
    quint64 m_serial; ///< finds the step again, or that it is gone
    bool m_workingElsewhere = false;
};

/// A change of the mask: brush stroke, invert, clear, load. Already done when it is pushed.
class MaskCommand final : public BudgetedCommand {
public:
    MaskCommand(ImageDocument& document, TileDelta delta, const QString& text);
    void undo() override;
    void redo() override;
    qint64 bytes() const override { return m_delta.bytes(); }
    void compress() override;

private:
    void release() override { m_delta.entries.clear(); }
    void apply(bool forward);
    TileDelta m_delta;
    bool m_compressed = false;
    bool m_done = true; ///< the first redo() comes from push()
};

/// A kept edit. Holds the pixels of the state that is not shown and exchanges them with the picture's: its region's, or
/// the whole picture where that is hardly more, so that undo is then a swap.
class PatchCommand final : public BudgetedCommand {
public:
    /// `pixels` are not yet in the picture, or, when `done`, what was there before.
    PatchCommand(ImageDocument& document, quint64 revision, const QRect& rect, const QImage& pixels, bool done,
                 const QString& text);
    quint64 revision() const { return m_revision; } ///< unique name of the picture's state after this step
    void undo() override { exchange(); }
    void redo() override;
    qint64 bytes() const override { return m_other.sizeInBytes() + m_packed.size(); }
    void compress() override;
    void makeReady() override;

private:
    void release() override;
    void exchange();
    void unpack();
    quint64 m_revision;
    QRect m_rect;
    QImage m_other;
    QByteArray m_packed; ///< m_other deflated, which is then without pixels
    QSize m_size;        ///< of m_other
    QImage::Format m_format;
    bool m_done; ///< the first redo() comes from push()
};

} // namespace pentimento
