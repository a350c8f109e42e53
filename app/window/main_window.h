// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/window/action_set.h"
#include "widgets/common/theme.h"
#include "widgets/document/image_document.h"
#include "widgets/tools/tool_options.h"

#include <QMainWindow>

class QDockWidget;
class QLabel;
class QMenu;

namespace pentimento {

class AppSettings;
class CanvasArea;
class CanvasWidget;
class ControlController;
class DocumentController;
class EmptyState;
class GenerateController;
class InferenceService;
class LogHub;
class LogPanel;
class MaskPanel;
class ModelController;
class ModelManager;
class NoticeBar;
class RunPanel;
class TaskBar;
class ToolStrip;

/// What all windows of the program share.
struct EditorServices {
    InferenceService& inference;
    AppSettings& settings;
    LogHub& log;
};

/// One window with one picture: puts the parts together and connects them. What they do is theirs.
class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    explicit MainWindow(const EditorServices& services, QWidget* parent = nullptr);
    ~MainWindow() override;

    ImageDocument& document() { return m_document; }
    ToolOptions& tools() { return m_tools; }
    CanvasWidget& canvas() { return *m_canvas; }
    TaskBar& taskBar() { return *m_bar; }
    RunPanel& runPanel() { return *m_run; }
    NoticeBar& notice() { return *m_notice; }
    DocumentController& files() { return *m_files; }
    ModelController& models() { return *m_models; }
    ModelManager& modelManager() { return *m_manager; }
    GenerateController& generator() { return *m_generator; }
    ControlController& controls() { return *m_controls; }
    QAction* action(ActionId id) const { return m_actions[id]; }

    void openFile(const QString& path);

Q_SIGNALS:
    void shown();   ///< painted for the first time
    void closing(); ///< saved what it remembers, about to go
    void themeChosen(ThemeChoice choice);
    void windowWanted(const QString& path); ///< for another picture

protected:
    void closeEvent(QCloseEvent* event) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void changeEvent(QEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;

private:
    void buildDocks();
    void buildMenus();
    void buildStatus();
    void connectActions();
    void connectParts();
    QDockWidget* addDock(const QString& title, const char* name, QWidget* body, Qt::DockWidgetArea area);
    void applyColors();
    void refreshTitle();
    void refreshActions();
    void refreshStatus();
    void refreshRecent();
    void escape();
    void restore();
    void remember();
    void chooseMaskColor();
    void showKeyboardHelp();
    void showAbout();

    EditorServices m_services;
    ImageDocument m_document;
    ToolOptions m_tools;
    ActionSet m_actions;
    CanvasWidget* m_canvas;
    EmptyState* m_empty;
    TaskBar* m_bar;
    NoticeBar* m_notice;
    CanvasArea* m_area;
    ToolStrip* m_strip;
    RunPanel* m_run;
    MaskPanel* m_mask;
    LogPanel* m_log;
    DocumentController* m_files;
    ModelController* m_models;
    ModelManager* m_manager;
    GenerateController* m_generator;
    ControlController* m_controls;
    QList<QDockWidget*> m_docks; ///< run, mask, log, history
    QMenu* m_recentMenu = nullptr;
    QLabel* m_titleLabel = nullptr;
    QLabel* m_sizeStatus = nullptr;
    QLabel* m_zoomStatus = nullptr;
    QLabel* m_maskStatus = nullptr;
    QLabel* m_deviceStatus = nullptr;
    QLabel* m_modelStatus = nullptr;
    QLabel* m_stateStatus = nullptr;
    QString m_memoryText;
    bool m_closing = false;
};

} // namespace pentimento
