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
    using QUndoCommand::QUndoCommand;
    virtual qint64 bytes() const = 0;
    virtual void compress() = 0; ///< deflates what it holds; undo and redo still give the same bytes
    void drop();                 ///< gives everything back; the step can no longer be undone

protected:
    virtual void release() = 0;
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
    ImageDocument& m_document;
    TileDelta m_delta;
    bool m_compressed = false;
    bool m_done = true; ///< the first redo() comes from push()
};

/// A kept edit: the region's pixels before and after it.
class PatchCommand final : public BudgetedCommand {
public:
    PatchCommand(ImageDocument& document, quint64 revision, QPoint corner, const QImage& before, const QImage& after,
                 const QString& text);
    quint64 revision() const { return m_revision; } ///< unique name of the picture's state after this step
    void undo() override;
    void redo() override;
    qint64 bytes() const override;
    void compress() override;

private:
    void release() override;
    void apply(const QByteArray& pixels);
    ImageDocument& m_document;
    quint64 m_revision;
    QRect m_rect;
    QByteArray m_before; ///< rows without padding, in the picture's format
    QByteArray m_after;
    bool m_compressed = false;
};

} // namespace pentimento
