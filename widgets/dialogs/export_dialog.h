// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/document/image_document.h"

#include <QDialog>

class QComboBox;
class QLabel;

namespace pentimento {

class SliderRow;

/// Format and its options for a copy of the picture.
class ExportDialog : public QDialog {
    Q_OBJECT
public:
    struct Choice {
        PictureFormat format = PictureFormat::Png;
        int quality = 95;
        bool lossless = false;
        int pngLevel = 6;
    };
    explicit ExportDialog(bool hasAlpha, QWidget* parent = nullptr);
    void setFormat(PictureFormat format);
    Choice choice() const;

private:
    void showOptions();
    bool m_hasAlpha;
    QComboBox* m_format;
    SliderRow* m_quality;
    SliderRow* m_level;
    QLabel* m_note;
};

} // namespace pentimento
