// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/picture_files.h"

#include <QObject>
#include <QString>

#include <functional>

class QMimeData;
class QWidget;

namespace pentimento {

class AppSettings;
class CanvasWidget;
class ImageDocument;
class NoticeBar;

/// Opening, pasting, saving and exporting the window's document. Files are read and written off the window's thread;
/// unsaved work is never lost without a question.
class DocumentController : public QObject {
    Q_OBJECT
public:
    enum class Answer { Save, Drop, Stay };
    enum class LossyAnswer { Keep, Png, Stay };

    DocumentController(ImageDocument& document, CanvasWidget& canvas, NoticeBar& notice, AppSettings& settings, QWidget& window);

    void open(); ///< asks for a file
    void openFile(const QString& path);
    void openSample();
    void paste();
    void copy();
    bool canTake(const QMimeData& data) const;
    void take(const QMimeData& data); ///< dropped on the window
    void save();
    void saveAs();
    void exportCopy();
    void loadMask();
    void loadMaskFile(const QString& path);
    void saveMask();

    /// Calls `then` when nothing unsaved is in the way, or the user said so, or it is saved.
    void whenSafe(std::function<void()> then);

    QString displayName() const; ///< file name, or what stands for it
    bool isLoading() const { return m_loading; }

    /// Tests answer in a person's stead.
    std::function<Answer(const QString& reason)> askUnsaved;
    std::function<LossyAnswer()> askLossy;
    std::function<bool()> resultWaits = [] { return false; };

Q_SIGNALS:
    void loadingChanged(const QString& fileName); ///< empty: done
    void nameChanged();
    void recentChanged(); ///< a file of the list is gone
    void opened();
    void saved(const QString& path);
    void windowWanted(const QString& path); ///< one window holds one picture

private:
    void load(const QString& path, bool detached);
    void adopt(PictureData picture);
    void write(const QString& path, const SaveOptions& options, std::function<void()> then, bool asCopy);
    void saveThen(std::function<void()> then);
    void saveAsThen(std::function<void()> then);
    QString suggestedPath(PictureFormat format) const;
    void showError(const ErrorText& error);

    ImageDocument& m_document;
    CanvasWidget& m_canvas;
    NoticeBar& m_notice;
    AppSettings& m_settings;
    QWidget& m_window;
    QString m_name; ///< of a picture without a file
    bool m_loading = false;
};

} // namespace pentimento
