// SPDX-License-Identifier: Apache-2.0
#include "app/window/control_controller.h"

#include "app/bridge/edit_preview.h"
#include "app/bridge/model_catalog.h"
#include "app/bridge/picture_files.h"
#include "app/window/app_settings.h"
#include "app/window/generate_controller.h"
#include "widgets/canvas/canvas_widget.h"
#include "widgets/common/background.h"
#include "widgets/panels/control_list.h"
#include "widgets/panels/notice_bar.h"

#include <QFileDialog>

#include <algorithm>
#include <utility>

namespace pentimento {

ControlController::ControlController(GenerateController& generator, ImageDocument& document, CanvasWidget& canvas,
                                     ControlList& list, NoticeBar& notice, AppSettings& settings, QWidget& window)
    : QObject(&window), m_generator(generator), m_document(document), m_canvas(canvas), m_list(list), m_notice(notice)
{
    askModel = [&settings, &window](bool folder) {
        const QString start = settings.lastModelFolder();
        return folder ? QFileDialog::getExistingDirectory(&window, tr("Choose a ControlNet folder"), start)
                      : QFileDialog::getOpenFileName(&window, tr("Choose a ControlNet file"), start,
                                                     tr("ControlNets (*.safetensors);;All files (*)"));
    };
    askPicture = [&settings, &window] {
        return QFileDialog::getOpenFileName(&window, tr("Choose a control picture"), settings.lastFolder(),
                                            tr("Pictures (%1);;All files (*)").arg(readableNamePatterns().join(u' ')));
    };
    connect(&m_list, &ControlList::modelWanted, this, [this](ControlRow* row, bool folder) {
        if (const QString path = askModel(folder); !path.isEmpty())
            m_list.setModel(row, path);
    });
    connect(&m_list, &ControlList::pictureWanted, this, [this](ControlRow* row) {
        if (const QString path = askPicture(); !path.isEmpty())
            m_list.setPicture(row, path);
    });
    connect(&m_list, &ControlList::edited, this, &ControlController::listEdited);
    connect(&m_list, &ControlList::shownChanged, this, &ControlController::refreshView);
    connect(&m_generator, &GenerateController::inputsChanged, this, &ControlController::refreshView);
    connect(&m_document, &ImageDocument::pictureReplaced, this, &ControlController::refreshView);
}

void ControlController::findAll()
{
    if (std::exchange(m_searching, true))
        return;
    runInBackground(
        this, [] { return findControlNets(); },
        [this](const QList<ControlNetChoice>& choices) {
            m_searching = false;
            m_choices = choices;
            m_found = true;
            m_list.setChoices(m_choices, ownModelPlace());
            inspectOthers();
        });
}

void ControlController::listEdited()
{
    const QList<ControlSetting> controls = m_list.controls();
    if (std::any_of(controls.cbegin(), controls.cend(), [](const ControlSetting& one) { return one.model.isEmpty(); }))
        findAll(); // somebody may have put one there by now
    inspectOthers();
}

// Rows may name ControlNets from other places, or ones that are gone: they are looked at once and listed with what was found.
void ControlController::inspectOthers()
{
    if (!m_found || m_inspecting)
        return;
    QStringList unknown;
    for (const ControlSetting& control : m_list.controls()) {
        const auto isIt = [&control](const ControlNetChoice& choice) { return choice.path == control.model; };
        if (!control.model.isEmpty() && std::none_of(m_choices.cbegin(), m_choices.cend(), isIt))
            unknown += control.model;
    }
    unknown.removeDuplicates();
    if (unknown.isEmpty())
        return;
    m_inspecting = true;
    runInBackground(
        this,
        [unknown] {
            QList<ControlNetChoice> choices;
            for (const QString& path : unknown)
                choices += inspectControlNetAt(path);
            return choices;
        },
        [this](const QList<ControlNetChoice>& choices) {
            m_inspecting = false;
            m_choices += choices;
            m_list.setChoices(m_choices, ownModelPlace());
            inspectOthers(); // what came meanwhile
        });
}

void ControlController::refreshView()
{
    const auto control = m_list.shown();
    if (!control || !m_document.isOpen())
        return m_canvas.setControl({});
    if (m_viewing) {
        m_viewStale = true;
        return;
    }
    m_viewing = true;
    runInBackground(
        this, [edit = m_generator.currentRequest(), setting = *control] { return controlView(edit, setting); },
        [this](std::variant<PatchOverlay, ErrorText> view) {
            m_viewing = false;
            if (std::exchange(m_viewStale, false))
                return refreshView();
            if (!m_list.shown())
                return; // meanwhile nobody wants it
            if (const auto* error = std::get_if<ErrorText>(&view)) {
                m_list.setShown(-1);
                return m_notice.showNotice(tr("The control cannot be shown."), error->text, error->details);
            }
            m_canvas.setControl(std::get<PatchOverlay>(std::move(view)));
        });
}

} // namespace pentimento
