// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "app/bridge/engine_source.h"
#include "app/bridge/inference_service.h"
#include "app/window/app_settings.h"
#include "app/window/document_controller.h"
#include "app/window/generate_controller.h"
#include "app/window/log_hub.h"
#include "app/window/main_window.h"
#include "app/window/model_controller.h"
#include "widgets/canvas/canvas_widget.h"
#include "widgets/panels/notice_bar.h"
#include "widgets/panels/run_panel.h"
#include "widgets/panels/task_bar.h"

#include "inference/engine/fake_engine.h"

#include <QApplication>
#include <QLineEdit>
#include <QPointer>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

namespace pentimento {

/// The real window with the scripted engine, a picture file of its own, and settings that nobody else sees.
struct EditorFixture {
    QTemporaryDir folder;
    InferenceService inference;
    AppSettings settings;
    LogHub log;
    QPointer<MainWindow> window;
    int questions = 0; ///< times the user was asked about unsaved work
    DocumentController::Answer answer = DocumentController::Answer::Stay;

    explicit EditorFixture(FakeScript script = {})
        : EditorFixture(
              EngineSource{[script]() -> Expected<std::unique_ptr<Engine>> { return std::make_unique<FakeEngine>(script); }})
    {
    }
    explicit EditorFixture(EngineSource source)
        : inference(std::move(source)), settings(folder.filePath(QStringLiteral("window.ini"))), log(folder.path())
    {
        window = openWindow();
    }
    ~EditorFixture()
    {
        delete window;
        inference.stop(std::chrono::seconds(5));
    }

    MainWindow* openWindow()
    {
        auto* made = new MainWindow({inference, settings, log});
        made->files().askUnsaved = [this](const QString&) {
            ++questions;
            return answer;
        };
        made->files().askLossy = [] { return DocumentController::LossyAnswer::Keep; };
        made->resize(1200, 800);
        made->show();
        made->activateWindow();
        return made;
    }
    QString pictureFile(const QString& name = QStringLiteral("photo.png"))
    {
        QImage picture(320, 240, QImage::Format_RGB888);
        for (int y = 0; y < 240; ++y)
            for (int x = 0; x < 320; ++x)
                picture.setPixel(x, y, qRgb(x % 256, y, 77));
        const QString path = folder.filePath(name);
        picture.save(path);
        return path;
    }
    void open()
    {
        QSignalSpy opened(&window->files(), &DocumentController::opened);
        window->openFile(pictureFile());
        QVERIFY(opened.count() || opened.wait(5000));
        QTRY_VERIFY(window->runPanel().model());
        window->canvas().setZoom(1);
        window->tools().setSize(30);
    }
    QPoint at(QPointF picture) { return window->canvas().transform().toWidget(picture).toPoint(); }
    void paint(QPointF from = {100, 100}, QPointF to = {140, 110})
    {
        QWidget* viewport = window->canvas().viewport();
        QTest::mousePress(viewport, Qt::LeftButton, {}, at(from));
        QTest::mouseMove(viewport, at(to));
        QTest::mouseRelease(viewport, Qt::LeftButton, {}, at(to));
    }
    const CandidateList& candidates() { return window->generator().candidates(); }
    void generate()
    {
        const int before = candidates().count();
        window->action(ActionId::Generate)->trigger();
        QTRY_COMPARE(candidates().count(), before + 1);
    }
    /// Open, painted, with a prompt: all that Generate needs.
    void painted(const QString& prompt = QStringLiteral("a red ball"))
    {
        open();
        window->taskBar().setPrompt(prompt);
        paint();
    }
    /// The same with one result waiting.
    void ready()
    {
        painted();
        generate();
    }
    QLineEdit* prompt() { return window->findChild<QLineEdit*>(QStringLiteral("prompt")); }
    void key(int key, Qt::KeyboardModifiers modifiers = {})
    {
        QWidget* target = QApplication::focusWidget() ? QApplication::focusWidget() : &window->canvas();
        QTest::keyClick(target, Qt::Key(key), modifiers);
    }
};

} // namespace pentimento
