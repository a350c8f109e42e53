// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/document/mask_tiles.h"
#include "widgets/document/picture_edit.h"

#include <QByteArray>
#include <QImage>
#include <QObject>
#include <QString>
#include <QUndoStack>

namespace pentimento {

enum class PictureFormat { Png, Jpeg, WebP, Other };

/// Pixels as the file has them (depth and alpha kept) and what must survive a save.
/// Formats used: Grayscale8, Grayscale16, RGB888, RGBA8888, RGBX64, RGBA64.
struct PictureData {
    QImage image;
    QByteArray icc;
    QByteArray exif;
    QString path; ///< empty: never saved (pasted from the clipboard)
    PictureFormat format = PictureFormat::Png;
};

/// Any image in one of the formats of PictureData, nothing lost that a file can hold.
QImage toDocumentFormat(const QImage& image);

/// What a job needs, taken in an instant: pixels and tiles are shared until somebody writes.
struct DocumentSnapshot {
    QImage picture;
    MaskTiles mask;
};

/// One open picture: pixels, mask and the one undo stack for both. Lives on the window's thread.
class ImageDocument : public QObject {
    Q_OBJECT
public:
    explicit ImageDocument(QObject* parent = nullptr);
    ~ImageDocument() override;

    bool isOpen() const { return !m_picture.image.isNull(); }
    const PictureData& data() const { return m_picture; }
    const QImage& picture() const { return m_picture.image; }
    const MaskTiles& mask() const { return m_mask; }
    DocumentSnapshot snapshot() const { return {m_picture.image, m_mask}; }
    QUndoStack& undoStack() { return m_undo; }
    bool isModified() const { return m_pictureRevision != m_savedRevision; } ///< kept edits not yet saved
    bool canUndo() const; ///< false also when only steps are left whose memory was given back

    void setPicture(PictureData picture);                  ///< replaces everything, clears undo
    quint64 revision() const { return m_pictureRevision; } ///< names the picture's state
    /// The file holds the picture as it was at `revision`.
    void markSaved(const QString& path, PictureFormat format, quint64 revision);
    void markUnsaved(); ///< pasted pictures start unsaved

    /// A change of the mask in several calls: begin, write to the tiles and report, then one undo step.
    MaskTiles& beginMaskChange();
    void reportMaskChange(const QRect& rect) { Q_EMIT maskChanged(rect); }
    void endMaskChange(const QString& text);
    void cancelMaskChange();
    bool maskChangeOpen() const { return m_changing; }
    void replaceMask(MaskTiles mask, const QString& text); ///< one undo step

    /// One undo step that puts `pixels` (the picture's format) at `corner`.
    void replaceRegion(QPoint corner, const QImage& pixels, const QString& text);
    /// The same with an edit of the present picture that was made elsewhere: takes no time.
    void applyEdit(PictureEdit edit, const QString& text);

    void setUndoBudget(qint64 bytes) { m_undoBudget = bytes; }
    qint64 undoBytes() const;

Q_SIGNALS:
    void pictureReplaced();
    void pictureChanging(); ///< about to be written to: who shares the pixels lets go, or they are copied
    void pictureChanged(const QRect& rect);
    void maskChanged(const QRect& rect);
    void modifiedChanged();

private:
    friend class BudgetedCommand;
    friend class MaskCommand;
    friend class PatchCommand;
    void announceMask(const QRect& rect) { Q_EMIT maskChanged(rect); }
    void announceChange() { Q_EMIT pictureChanging(); }
    void announcePicture(const QRect& rect);
    quint64 nextSerial() { return ++m_lastSerial; }
    bool hasStep(quint64 serial) const; ///< of the undo stack
    void push(QUndoCommand* command);
    void keepBudget();
    quint64 currentRevision() const;

    PictureData m_picture;
    MaskTiles m_mask;
    MaskTiles m_maskBefore;
    bool m_changing = false;
    QUndoStack m_undo;
    qint64 m_undoBudget = qint64(512) << 20;
    // The picture's state is named by the kept edit that made it (0: as opened), so that undoing back to the saved
    // one is "saved".
    quint64 m_pictureRevision = 0;
    quint64 m_savedRevision = 0;
    quint64 m_lastRevision = 0;
    quint64 m_lastSerial = 0;
};

} // namespace pentimento
