// SPDX-License-Identifier: Apache-2.0
#include "app/window/main_window.h"

#include "app/bridge/inference_service.h"
#include "app/bridge/picture_files.h"
#include "app/window/app_settings.h"
#include "app/window/control_controller.h"
#include "app/window/document_controller.h"
#include "app/window/generate_controller.h"
#include "app/window/log_hub.h"
#include "app/window/model_controller.h"
#include "app/window/model_manager.h"
#include "widgets/canvas/canvas_widget.h"
#include "widgets/common/background.h"
#include "widgets/panels/canvas_area.h"
#include "widgets/panels/empty_state.h"
#include "widgets/panels/log_panel.h"
#include "widgets/panels/mask_panel.h"
#include "widgets/panels/notice_bar.h"
#include "widgets/panels/run_panel.h"
#include "widgets/panels/task_bar.h"
#include "widgets/panels/tool_strip.h"

#include <QAction>
#include <QCloseEvent>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMimeData>
#include <QTimer>
#include <QUrl>

#include <cmath>

namespace pentimento {
namespace {

/// Whether what was dropped is meant as a model; what it really is shows when it is read.
bool isModelPlace(const QString& path)
{
    const QFileInfo info(path);
    return info.isDir() || QStringList{QStringLiteral("safetensors"), QStringLiteral("ckpt"), QStringLiteral("pt")}.contains(
                               info.suffix(), Qt::CaseInsensitive);
}

} // namespace

MainWindow::MainWindow(const EditorServices& services, QWidget* parent)
    : QMainWindow(parent), m_services(services), m_actions(*this), m_canvas(new CanvasWidget(m_document, m_tools)),
      m_empty(new EmptyState(!samplePicture().isEmpty())), m_bar(new TaskBar), m_notice(new NoticeBar),
      m_area(new CanvasArea(m_canvas, m_empty, m_bar, m_notice)), m_strip(new ToolStrip(m_tools)), m_run(new RunPanel),
      m_mask(new MaskPanel(m_tools,
                           {m_actions[ActionId::InvertMask], m_actions[ActionId::ClearMask], m_actions[ActionId::LoadMask]})),
      m_log(new LogPanel), m_files(new DocumentController(m_document, *m_canvas, *m_notice, services.settings, *this)),
      m_models(new ModelController(services.inference, *m_run, *m_notice, services.settings, services.log.sink(), *this)),
      m_manager(new ModelManager(services.inference, *m_models, *m_run, *this)),
      m_generator(new GenerateController(
          {m_document, services.inference, *m_canvas, *m_bar, *m_run, *m_mask, *m_notice, *m_models}, this)),
      m_controls(
          new ControlController(*m_generator, m_document, *m_canvas, m_run->controls(), *m_notice, services.settings, *this))
{
    setAcceptDrops(true);
    setWindowIcon(themedIcon(QStringLiteral("app"), currentTheme().accent));

    auto* centre = new QWidget(this);
    auto* row = new QHBoxLayout(centre);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_strip->addTool(m_actions[ActionId::Brush], QStringLiteral("brush"), Tool::Brush);
    m_strip->addTool(m_actions[ActionId::Eraser], QStringLiteral("eraser"), Tool::Eraser);
    m_strip->addTool(m_actions[ActionId::Pan], QStringLiteral("hand"), Tool::Pan);
    m_strip->addSpace();
    m_strip->finish();
    row->addWidget(m_strip);
    row->addWidget(m_area, 1);
    setCentralWidget(centre);

    buildDocks();
    buildMenus();
    buildStatus();
    connectActions();
    connectParts();
    applyColors();
    restore();
    refreshTitle();
    refreshActions();
    refreshStatus();
    refreshRecent();
    // Everything slow starts once the window stands on the screen.
    QTimer::singleShot(0, this, [this] {
        Q_EMIT shown();
        m_models->findAll();
        m_controls->findAll();
    });
}

MainWindow::~MainWindow()
{
    // The parts refer to members of this class, which go before its children do.
    m_document.disconnect();
    m_document.undoStack().disconnect();
    delete takeCentralWidget();
    delete m_controls;
    delete m_generator;
    delete m_manager;
    delete m_models;
    delete m_files;
}

void MainWindow::connectParts()
{
    connect(&m_document, &ImageDocument::pictureReplaced, this, [this] {
        m_area->showPicture(true);
        m_strip->setEnabled(true);
        for (QDockWidget* dock : {m_docks[0], m_docks[1]})
            dock->widget()->setEnabled(true);
        m_canvas->setFocus();
        refreshStatus();
    });
    connect(m_files, &DocumentController::opened, m_canvas, &CanvasWidget::fitPicture);
    connect(m_files, &DocumentController::opened, this, [this] {
        refreshRecent();
        refreshActions();
    });
    connect(m_files, &DocumentController::recentChanged, this, &MainWindow::refreshRecent);
    connect(m_files, &DocumentController::windowWanted, this, &MainWindow::windowWanted);
    connect(m_files, &DocumentController::nameChanged, this, &MainWindow::refreshTitle);
    connect(m_files, &DocumentController::saved, this, [this](const QString& path) {
        m_stateStatus->setText(tr("Saved %1").arg(path));
        refreshRecent();
    });
    connect(m_files, &DocumentController::loadingChanged, this, [this](const QString& name) {
        m_empty->setBusy(name.isEmpty() ? QString() : tr("Opening %1…").arg(name));
        m_stateStatus->setText(name.isEmpty() ? QString() : tr("Opening %1…").arg(name));
        if (name.isEmpty())
            unsetCursor();
        else
            setCursor(Qt::BusyCursor);
    });
    m_files->resultWaits = [this] { return !m_generator->candidates().isEmpty(); };

    connect(&m_document, &ImageDocument::modifiedChanged, this, &MainWindow::refreshTitle);
    connect(&m_document.undoStack(), &QUndoStack::indexChanged, this, &MainWindow::refreshActions);
    connect(&m_document, &ImageDocument::modifiedChanged, this, &MainWindow::refreshActions);
    connect(&m_document.undoStack(), &QUndoStack::indexChanged, this, &MainWindow::refreshStatus);
    connect(&m_document.undoStack(), &QUndoStack::indexChanged, m_generator, &GenerateController::refreshPlan);
    connect(m_canvas, &CanvasWidget::zoomChanged, this, &MainWindow::refreshStatus);
    connect(m_mask, &MaskPanel::reachEdited, m_generator, &GenerateController::refreshPlan);
    connect(m_run, &RunPanel::edited, m_generator, &GenerateController::refreshPlan);
    connect(m_run, &RunPanel::modelChanged, this, [this] {
        if (const ModelChoice* model = m_run->model())
            m_bar->setSuggestions(model->suggestions);
        m_memoryText.clear();
        m_generator->refreshPlan();
    });
    connect(m_run, &RunPanel::allModelsWanted, m_manager, &ModelManager::show);
    connect(m_models, &ModelController::changed, this, &MainWindow::refreshStatus);
    connect(&m_services.inference, &InferenceService::engineReady, this, &MainWindow::refreshStatus);
    connect(m_bar, &TaskBar::modeChosen, this, [this](EditMode mode) {
        m_run->setMode(mode);
        m_generator->refreshPlan();
    });
    connect(m_bar, &TaskBar::escapePressed, this, &MainWindow::escape);
    connect(m_generator, &GenerateController::stateChanged, this, &MainWindow::refreshActions);
    connect(m_generator, &GenerateController::statusText, this, [this](const QString& text) { m_stateStatus->setText(text); });
    connect(m_generator, &GenerateController::resultArrived, this, [this](const QString&, quint64 peakMemory, double seconds) {
        m_memoryText = QLocale().formattedDataSize(qint64(peakMemory), 0, QLocale::DataSizeTraditionalFormat);
        refreshStatus();
        m_stateStatus->setText(tr("Took %1 s").arg(QLocale().toString(seconds, 'f', 1)));
    });
    connect(m_empty, &EmptyState::openWanted, m_files, &DocumentController::open);
    connect(m_empty, &EmptyState::sampleWanted, m_files, &DocumentController::openSample);
    connect(m_empty, &EmptyState::recentWanted, m_files, &DocumentController::openFile);
    connect(m_strip, &ToolStrip::colorWanted, this, &MainWindow::chooseMaskColor);
    for (const QString& line : m_services.log.lines())
        m_log->append(line);
    connect(&m_services.log, &LogHub::lineAdded, m_log, &LogPanel::append);
    m_strip->setEnabled(false);
    for (QDockWidget* dock : {m_docks[0], m_docks[1]})
        dock->widget()->setEnabled(false);
}

void MainWindow::openFile(const QString& path)
{
    m_files->openFile(path);
}

// During a job always cancels; else back to the canvas; there discards what waits.
void MainWindow::escape()
{
    if (m_generator->isBusy())
        m_generator->cancel();
    else if (!m_canvas->hasFocus())
        m_canvas->setFocus();
    else
        m_generator->discard();
}

void MainWindow::refreshTitle()
{
    const QString name = m_document.isOpen() ? m_files->displayName() : tr("Pentimento");
    const QString title = m_document.isModified() ? tr("%1 • edited").arg(name) : name;
    m_titleLabel->setText(title);
    setWindowTitle(m_document.isOpen() ? tr("%1 - Pentimento").arg(title) : title);
}

void MainWindow::refreshActions()
{
    const bool open = m_document.isOpen();
    const bool waits = !m_generator->candidates().isEmpty();
    const bool busy = m_generator->isBusy();
    using Id = ActionId;
    for (const Id id :
         {Id::Save, Id::SaveAs, Id::Export, Id::Copy, Id::InvertMask, Id::ClearMask, Id::LoadMask, Id::SaveMask, Id::ZoomIn,
          Id::ZoomOut, Id::Fit, Id::ActualSize, Id::FocusPrompt, Id::Brush, Id::Eraser, Id::Pan, Id::SwapBrush})
        m_actions[id]->setEnabled(open);
    m_actions[Id::Undo]->setEnabled(m_document.canUndo());
    m_actions[Id::Redo]->setEnabled(m_document.undoStack().canRedo());
    m_actions[Id::Generate]->setEnabled(open && !busy);
    m_actions[Id::Keep]->setEnabled(waits);
    m_actions[Id::Discard]->setEnabled(waits);
    m_actions[Id::Again]->setEnabled(waits && !busy);
    m_actions[Id::Previous]->setEnabled(m_generator->candidates().index() > 0);
    m_actions[Id::Next]->setEnabled(m_generator->candidates().index() + 1 < m_generator->candidates().count());
}

void MainWindow::refreshRecent()
{
    const QStringList files = m_services.settings.recentFiles();
    m_recentMenu->clear();
    for (const QString& path : files)
        m_recentMenu->addAction(path, this, [this, path] { m_files->openFile(path); });
    m_recentMenu->setEnabled(!files.isEmpty());
    if (m_document.isOpen())
        return;
    m_empty->setRecent(files);
    for (const QString& path : files.mid(0, 3))
        runInBackground(
            this, [path] { return readThumbnail(path, EmptyState::thumbnailSize() * 2); },
            [this, path](const QImage& image) {
                if (!image.isNull())
                    m_empty->setThumbnail(path, image);
            });
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (m_closing)
        return event->accept();
    event->ignore();
    m_files->whenSafe([this] {
        m_closing = true;
        m_generator->cancel();
        remember();
        Q_EMIT closing();
        close();
        deleteLater();
    });
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!m_files->canTake(*event->mimeData()))
        return;
    event->acceptProposedAction();
    m_empty->setDropHover(true);
}

void MainWindow::dragLeaveEvent(QDragLeaveEvent*)
{
    m_empty->setDropHover(false);
}

void MainWindow::dropEvent(QDropEvent* event)
{
    m_empty->setDropHover(false);
    event->acceptProposedAction();
    for (const QUrl& url : event->mimeData()->urls()) {
        if (isModelPlace(url.toLocalFile()))
            return m_manager->offer(url.toLocalFile());
    }
    m_files->take(*event->mimeData());
}

void MainWindow::changeEvent(QEvent* event)
{
    QMainWindow::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        applyColors();
}

} // namespace pentimento
