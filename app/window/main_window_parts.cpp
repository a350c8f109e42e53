// SPDX-License-Identifier: Apache-2.0
// The main window's docks, menus, status line and what it remembers; how its parts work together is in main_window.cpp.
#include "app/window/main_window.h"

#include "app/bridge/inference_service.h"
#include "app/window/app_settings.h"
#include "app/window/document_controller.h"
#include "app/window/generate_controller.h"
#include "app/window/help_pages.h"
#include "app/window/model_controller.h"
#include "app/window/model_manager.h"
#include "widgets/canvas/canvas_widget.h"
#include "widgets/common/screen_room.h"
#include "widgets/dialogs/text_dialog.h"
#include "widgets/panels/control_list.h"
#include "widgets/panels/history_panel.h"
#include "widgets/panels/log_panel.h"
#include "widgets/panels/lora_list.h"
#include "widgets/panels/mask_panel.h"
#include "widgets/panels/notice_bar.h"
#include "widgets/panels/run_panel.h"
#include "widgets/panels/scrolled_panel.h"
#include "widgets/panels/task_bar.h"
#include "widgets/panels/tool_strip.h"

#include <QAction>
#include <QActionGroup>
#include <QApplication>
#include <QColorDialog>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QLabel>
#include <QLocale>
#include <QMenu>
#include <QMenuBar>
#include <QResizeEvent>
#include <QStatusBar>
#include <QToolButton>

#include <cmath>

namespace pentimento {
namespace {

constexpr int dockWidth = 300;
constexpr int layoutVersion = 2; // of saveState; raised when docks change

QWidget* dockTitle(QDockWidget* dock, const QString& title)
{
    auto* bar = new QWidget(dock);
    bar->setObjectName(QStringLiteral("dockTitle"));
    bar->setAttribute(Qt::WA_StyledBackground);
    auto* row = new QHBoxLayout(bar);
    row->setContentsMargins(14, 10, 8, 4);
    row->addWidget(new QLabel(title, bar), 1);
    auto* close = new QToolButton(bar);
    close->setIcon(themedIcon(QStringLiteral("close"), currentTheme().muted));
    close->setIconSize({12, 12});
    close->setFocusPolicy(Qt::TabFocus);
    close->setToolTip(MainWindow::tr("Close this panel; View shows it again"));
    close->setAccessibleName(MainWindow::tr("Close %1").arg(title));
    QObject::connect(close, &QToolButton::clicked, dock, &QDockWidget::close);
    row->addWidget(close);
    return bar;
}

} // namespace

QDockWidget* MainWindow::addDock(const QString& title, const char* name, QWidget* body, Qt::DockWidgetArea area)
{
    auto* dock = new QDockWidget(title, this);
    dock->setObjectName(QLatin1String(name));
    dock->setTitleBarWidget(dockTitle(dock, title));
    dock->setFeatures(QDockWidget::DockWidgetClosable | QDockWidget::DockWidgetMovable);
    body->setObjectName(QStringLiteral("dockBody"));
    body->setAttribute(Qt::WA_StyledBackground);
    dock->setWidget(body);
    addDockWidget(area, dock);
    m_docks += dock;
    return dock;
}

void MainWindow::buildDocks()
{
    auto* runBody = new ScrolledPanel(m_run, ScrolledPanel::Height::Content, this);
    runBody->setMinimumWidth(dockWidth);
    QDockWidget* run = addDock(tr("Run"), "run", runBody, Qt::RightDockWidgetArea);
    auto* maskBody = new QWidget(this);
    auto* column = new QVBoxLayout(maskBody);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(m_mask);
    column->addStretch();
    QDockWidget* mask =
        addDock(tr("Mask"), "mask", new ScrolledPanel(maskBody, ScrolledPanel::Height::Free, this), Qt::RightDockWidgetArea);
    auto* steps = new HistoryPanel(m_document.undoStack(), this);
    connect(steps, &HistoryPanel::indexWanted, this,
            [this](int index) { m_generator->afterKeep([this, index] { m_document.undoStack().setIndex(index); }); });
    QDockWidget* log = addDock(tr("Log"), "log", m_log, Qt::BottomDockWidgetArea);
    QDockWidget* history = addDock(tr("History"), "history", steps, Qt::RightDockWidgetArea);
    log->hide();
    history->hide();
    setCorner(Qt::BottomRightCorner, Qt::RightDockWidgetArea);
    resizeDocks({run, mask}, {1, 1000}, Qt::Vertical);
    resizeDocks({run}, {dockWidth}, Qt::Horizontal);
}

void MainWindow::buildMenus()
{
    using Id = ActionId;
    const auto fill = [this](QMenu* menu, std::initializer_list<Id> ids) {
        for (const Id id : ids)
            menu->addAction(m_actions[id]);
        return menu;
    };
    QMenu* file = fill(menuBar()->addMenu(tr("&File")), {Id::Open});
    m_recentMenu = file->addMenu(tr("Open &recent"));
    file->addSeparator();
    fill(file, {Id::Save, Id::SaveAs, Id::Export});
    file->addSeparator();
    fill(file, {Id::CloseWindow, Id::Quit});
    QMenu* edit = fill(menuBar()->addMenu(tr("&Edit")), {Id::Undo, Id::Redo});
    edit->addSeparator();
    fill(edit, {Id::Copy, Id::Paste});
    edit->addSeparator();
    fill(edit, {Id::Brush, Id::Eraser, Id::Pan, Id::SwapBrush});
    edit->addSeparator();
    fill(edit, {Id::SizeDown, Id::SizeUp, Id::HardnessDown, Id::HardnessUp});
    QMenu* mask = fill(menuBar()->addMenu(tr("&Mask")), {Id::InvertMask, Id::ClearMask});
    mask->addSeparator();
    fill(mask, {Id::LoadMask, Id::SaveMask});
    mask->addSeparator();
    fill(mask, {Id::ShowMask, Id::MaskColor});
    QMenu* view = fill(menuBar()->addMenu(tr("&View")), {Id::ZoomIn, Id::ZoomOut, Id::Fit, Id::ActualSize});
    view->addSeparator();
    for (QDockWidget* dock : {m_docks[0], m_docks[1], m_docks[3]})
        view->addAction(dock->toggleViewAction());
    view->addAction(m_actions[Id::Log]);
    view->addSeparator();
    QMenu* theme = view->addMenu(tr("&Colours"));
    auto* group = new QActionGroup(this);
    const std::pair<QString, ThemeChoice> choices[] = {
        {tr("As the &system"), ThemeChoice::System}, {tr("&Dark"), ThemeChoice::Dark}, {tr("&Light"), ThemeChoice::Light}};
    for (const auto& [text, choice] : choices) {
        QAction* action = theme->addAction(text, this, [this, chosen = choice] { Q_EMIT themeChosen(chosen); });
        action->setCheckable(true);
        action->setChecked(m_services.settings.theme() == choice);
        group->addAction(action);
    }
    QMenu* run = fill(menuBar()->addMenu(tr("&Run")),
                      {Id::ModeFill, Id::ModeErase, Id::ModeRefine, Id::FocusPrompt, Id::Models, Id::Server});
    run->addSeparator();
    fill(run, {Id::Generate, Id::Escape});
    run->addSeparator();
    fill(run, {Id::Keep, Id::Discard, Id::Again, Id::Previous, Id::Next});
    fill(menuBar()->addMenu(tr("&Help")), {Id::Help, Id::About});

    m_titleLabel = new QLabel(menuBar());
    m_titleLabel->setObjectName(QStringLiteral("windowTitle"));
    m_titleLabel->setAlignment(Qt::AlignCenter);
    m_titleLabel->setAttribute(Qt::WA_TransparentForMouseEvents);
}

void MainWindow::resizeEvent(QResizeEvent* event)
{
    QMainWindow::resizeEvent(event);
    const int menus = menuBar()->sizeHint().width();
    const int room = width() - 2 * menus;
    m_titleLabel->setVisible(room > 120);
    m_titleLabel->setGeometry(menus, 0, std::max(0, room), menuBar()->height());
}

void MainWindow::buildStatus()
{
    const auto add = [this](bool right) {
        auto* label = new QLabel(this);
        right ? statusBar()->addPermanentWidget(label) : statusBar()->addWidget(label);
        return label;
    };
    statusBar()->setSizeGripEnabled(false);
    m_sizeStatus = add(false);
    m_zoomStatus = add(false);
    m_maskStatus = add(false);
    m_deviceStatus = add(true);
    m_modelStatus = add(true);
    m_stateStatus = add(true);
}

void MainWindow::refreshStatus()
{
    const bool open = m_document.isOpen();
    const QSize size = m_document.picture().size();
    m_sizeStatus->setText(open ? tr("%1 × %2").arg(size.width()).arg(size.height()) : tr("No picture"));
    m_zoomStatus->setVisible(open);
    m_maskStatus->setVisible(open);
    const double percent = m_canvas->zoom() * 100;
    m_zoomStatus->setText(tr("%1 %").arg(QLocale().toString(percent, 'f', percent < 10 ? 1 : 0)));
    m_maskStatus->setText(tr("Mask %1 %").arg(QLocale().toString(m_document.mask().coverage() * 100, 'f', 1)));
    const EngineFacts& facts = m_services.inference.facts();
    // A server says its address only.
    m_deviceStatus->setText(facts.threads > 0 ? tr("%1, %n thread(s)", nullptr, facts.threads).arg(facts.device.toUpper())
                                              : facts.device);
    m_deviceStatus->setToolTip(facts.torch.isEmpty() ? QString() : tr("torch %1\n%2").arg(facts.torch, facts.blas));
    const ModelChoice* model = m_run->model();
    QString text;
    if (model && m_models->isLoading())
        text = tr("%1 (loading in the background…)").arg(model->name);
    else if (model)
        text = m_memoryText.isEmpty() ? model->name : tr("%1 · %2").arg(model->name, m_memoryText);
    m_modelStatus->setText(text);
}

void MainWindow::connectActions()
{
    using Id = ActionId;
    m_actions.on(Id::Open, [this] { m_files->open(); });
    m_actions.on(Id::Paste, [this] { m_files->paste(); });
    // What is done with the picture comes after a kept edit that is still on its way into it.
    const auto afterKeep = [this](ActionId id, std::function<void()> act) {
        m_actions.on(id, [this, act = std::move(act)] { m_generator->afterKeep(act); });
    };
    afterKeep(Id::Save, [this] { m_files->save(); });
    afterKeep(Id::SaveAs, [this] { m_files->saveAs(); });
    afterKeep(Id::Export, [this] { m_files->exportCopy(); });
    m_actions.on(Id::CloseWindow, [this] { close(); });
    m_actions.on(Id::Quit, [] { QApplication::closeAllWindows(); });
    afterKeep(Id::Undo, [this] {
        if (m_document.canUndo())
            m_document.undoStack().undo();
    });
    afterKeep(Id::Redo, [this] { m_document.undoStack().redo(); });
    afterKeep(Id::Copy, [this] { m_files->copy(); });
    m_actions.on(Id::Brush, [this] { m_tools.setTool(Tool::Brush); });
    m_actions.on(Id::Eraser, [this] { m_tools.setTool(Tool::Eraser); });
    m_actions.on(Id::Pan, [this] { m_tools.setTool(Tool::Pan); });
    m_actions.on(Id::SwapBrush, [this] { m_tools.swapBrushAndEraser(); });
    m_actions.on(Id::SizeDown, [this] { m_tools.setSize(steppedBrushSize(m_tools.size(), -1)); });
    m_actions.on(Id::SizeUp, [this] { m_tools.setSize(steppedBrushSize(m_tools.size(), 1)); });
    m_actions.on(Id::HardnessDown, [this] { m_tools.setHardness(steppedHardness(m_tools.hardness(), -1)); });
    m_actions.on(Id::HardnessUp, [this] { m_tools.setHardness(steppedHardness(m_tools.hardness(), 1)); });
    m_actions.on(Id::InvertMask, [this] {
        MaskTiles mask = m_document.mask();
        mask.invert();
        m_document.replaceMask(std::move(mask), tr("Invert mask"));
    });
    m_actions.on(Id::ClearMask, [this] { m_document.replaceMask(MaskTiles(m_document.picture().size()), tr("Clear mask")); });
    m_actions.on(Id::LoadMask, [this] { m_files->loadMask(); });
    m_actions.on(Id::SaveMask, [this] { m_files->saveMask(); });
    m_actions.on(Id::ShowMask, [this] { m_tools.setMaskVisible(!m_tools.maskVisible()); });
    m_actions.on(Id::MaskColor, [this] { chooseMaskColor(); });
    m_actions.on(Id::ZoomIn, [this] { m_canvas->zoomStep(1); });
    m_actions.on(Id::ZoomOut, [this] { m_canvas->zoomStep(-1); });
    m_actions.on(Id::Fit, [this] { m_canvas->fitPicture(); });
    m_actions.on(Id::ActualSize, [this] { m_canvas->setZoom(1); });
    m_actions.on(Id::FocusCanvas, [this] { m_canvas->setFocus(); });
    for (const auto& [id, mode] : {std::pair{Id::ModeFill, EditMode::Fill}, std::pair{Id::ModeErase, EditMode::Erase},
                                   std::pair{Id::ModeRefine, EditMode::Refine}}) {
        m_actions.on(id, [this, chosen = mode] {
            m_bar->setMode(chosen);
            m_run->setMode(chosen);
            m_generator->refreshPlan();
        });
    }
    m_actions.on(Id::Server, [this] { m_models->chooseServer(); });
    m_actions.on(Id::Models, [this] { m_manager->show(); });
    m_actions.on(Id::FocusPrompt, [this] { m_bar->focusPrompt(); });
    afterKeep(Id::Generate, [this] { m_generator->generate(); });
    m_actions.on(Id::Escape, [this] { escape(); });
    m_actions.on(Id::Keep, [this] { m_generator->keep(); });
    m_actions.on(Id::Discard, [this] { m_generator->discard(); });
    m_actions.on(Id::Again, [this] { m_generator->again(); });
    m_actions.on(Id::Previous, [this] { m_generator->previous(); });
    m_actions.on(Id::Next, [this] { m_generator->next(); });
    m_actions.on(Id::Log, [this] { m_docks[2]->setVisible(!m_docks[2]->isVisible()); });
    m_actions.on(Id::Help, [this] { showKeyboardHelp(); });
    m_actions.on(Id::About, [this] { showAbout(); });
    connect(&m_actions, &ActionSet::held, this, [this](ActionId, bool down) { m_generator->compare(down); });
}

void MainWindow::applyColors()
{
    m_canvas->setSurface(currentTheme().surface, QColor(96, 140, 240));
    m_strip->refreshIcons();
}

void MainWindow::restore()
{
    AppSettings& settings = m_services.settings;
    const QSize room = screenRoom(*this);
    setMinimumSize(QSize(760, 520).boundedTo(room));
    if (!restoreGeometry(settings.geometry()))
        resize(QSize(1440, 900).boundedTo(room));
    restoreState(settings.layout(), layoutVersion);
    settings.restoreTools(m_tools);
    const AppSettings::Run run = settings.run();
    m_bar->setMode(run.mode);
    m_bar->setPrompt(run.prompt);
    m_run->setMode(run.mode);
    m_run->setNegativePrompt(run.negativePrompt);
    m_run->loras().setLoras(run.loras);
    m_run->controls().setControls(run.controls);
    m_run->setLockedSeed(run.seed);
    m_mask->setGrow(run.grow);
    m_mask->setFeather(run.feather);
}

void MainWindow::remember()
{
    AppSettings& settings = m_services.settings;
    settings.setWindow(saveGeometry(), saveState(layoutVersion));
    settings.saveTools(m_tools);
    AppSettings::Run run;
    run.model = m_run->model() ? m_run->model()->path : settings.run().model;
    run.mode = m_bar->mode();
    run.prompt = m_bar->prompt();
    run.negativePrompt = m_run->negativePrompt();
    run.loras = m_run->loras().loras();
    run.controls = m_run->controls().controls();
    run.seed = m_run->lockedSeed();
    run.grow = m_mask->grow();
    run.feather = m_mask->feather();
    run.overrides = m_run->overrides();
    settings.setRun(run);
    settings.flush();
}

void MainWindow::chooseMaskColor()
{
    QColor color = m_tools.overlayColor();
    color.setAlphaF(float(m_tools.overlayOpacity()));
    color = QColorDialog::getColor(color, this, tr("Colour of the mask"), QColorDialog::ShowAlphaChannel);
    if (color.isValid())
        m_tools.setOverlay(QColor(color.rgb()), double(color.alphaF()));
}

void MainWindow::showKeyboardHelp()
{
    (new TextDialog(tr("Keyboard"), keyboardHelpPage(), {620, 720}, this))->show();
}

void MainWindow::showAbout()
{
    (new TextDialog(tr("About Pentimento"), aboutPage(), {560, 480}, this))->show();
}

} // namespace pentimento
