// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "widgets/common/edit_mode.h"

#include <QList>
#include <QObject>
#include <QString>

#include <functional>

namespace pentimento {

class AppSettings;
class CanvasWidget;
class ControlList;
class GenerateController;
class ImageDocument;
class NoticeBar;

/// Which ControlNets there are, where others and control pictures come from, and what the network of the shown one sees, kept
/// over the canvas while picture, mask and settings change.
class ControlController : public QObject {
    Q_OBJECT
public:
    ControlController(GenerateController& generator, ImageDocument& document, CanvasWidget& canvas, ControlList& list,
                      NoticeBar& notice, AppSettings& settings, QWidget& window);

    void findAll(); ///< in the background; of this machine, also where a server is used

    /// Tests answer in a person's stead; empty: none.
    std::function<QString(bool folder)> askModel;
    std::function<QString()> askPicture;

private:
    void listEdited();
    void inspectOthers();
    void refreshView();

    GenerateController& m_generator;
    ImageDocument& m_document;
    CanvasWidget& m_canvas;
    ControlList& m_list;
    NoticeBar& m_notice;
    QList<ControlNetChoice> m_choices;
    bool m_found = false; ///< a search has ended
    bool m_searching = false;
    bool m_inspecting = false;
    bool m_viewing = false;
    bool m_viewStale = false;
};

} // namespace pentimento
