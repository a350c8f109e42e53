// SPDX-License-Identifier: Apache-2.0
// The whole way in the real window with the real engine and the starter model: drop a photo, paint, generate, watch,
// keep, undo, save, compare files.
#include "app/bridge/engine_choice.h"
#include "app/bridge/inference_service.h"
#include "app/bridge/picture_files.h"
#include "app/window/app_settings.h"
#include "app/window/document_controller.h"
#include "app/window/generate_controller.h"
#include "app/window/log_hub.h"
#include "app/window/main_window.h"
#include "widgets/canvas/canvas_widget.h"
#include "widgets/panels/control_list.h"
#include "widgets/panels/run_panel.h"
#include "widgets/panels/task_bar.h"

#include <QAction>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QProcess>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

#include <cstring>

using namespace pentimento;

namespace {

/// The real window with the real engine, and settings of its own.
struct Editor {
    QTemporaryDir folder;
    LogHub log{folder.path()};
    AppSettings settings{folder.filePath(QStringLiteral("window.ini"))};
    InferenceService inference{engineSource({}, log.sink())};
    MainWindow window{{inference, settings, log}};

    Editor()
    {
        window.files().askLossy = [] { return DocumentController::LossyAnswer::Keep; };
        window.resize(1200, 800);
        window.show();
        window.activateWindow();
    }
    QPoint at(QPointF picture) { return window.canvas().transform().toWidget(picture).toPoint(); }
    QString photo()
    {
        const QImage golden(QStringLiteral(PENTIMENTO_SOURCE_DIR "/resources/models/starter/golden_picture.png"));
        const QString path = folder.filePath(QStringLiteral("photo.png"));
        golden.convertToFormat(QImage::Format_RGB888).scaled(640, 640, Qt::KeepAspectRatio, Qt::SmoothTransformation).save(path);
        return path;
    }
    /// A stroke through the middle.
    void paint()
    {
        window.tools().setSize(70);
        QWidget* viewport = window.canvas().viewport();
        const QPointF middle = QRectF(window.document().picture().rect()).center();
        QTest::mousePress(viewport, Qt::LeftButton, {}, at(middle - QPointF(60, 0)));
        for (int i = -50; i <= 60; i += 10)
            QTest::mouseMove(viewport, at(middle + QPointF(i, 0)));
        QTest::mouseRelease(viewport, Qt::LeftButton, {}, at(middle + QPointF(60, 0)));
    }
    /// What the command line makes of the picture and the mask.
    QImage byCommandLine(const QImage& picture, const QStringList& options)
    {
        const QString original = folder.filePath(QStringLiteral("original.png")),
                      mask = folder.filePath(QStringLiteral("mask.png")), output = folder.filePath(QStringLiteral("output.png"));
        picture.save(original);
        window.document().mask().toImage().save(mask);
        const QStringList files = {QStringLiteral("inpaint"),
                                   QStringLiteral("--image"),
                                   original,
                                   QStringLiteral("--mask"),
                                   mask,
                                   QStringLiteral("--output"),
                                   output,
                                   QStringLiteral("--overwrite")};
        const int status = QProcess::execute(QStringLiteral(PENTIMENTO_BINARY_DIR "/bin/pentimento"), files + options);
        return status == 0 ? QImage(output).convertToFormat(QImage::Format_RGB888) : QImage();
    }
};

} // namespace

class EndToEndTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void dropPaintGenerateKeepUndoSave()
    {
        Editor editor;
        MainWindow& window = editor.window;
        InferenceService& inference = editor.inference;
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        const QString path = editor.photo();

        QMimeData data;
        data.setUrls({QUrl::fromLocalFile(path)});
        QDragEnterEvent enter({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QCoreApplication::sendEvent(&window, &enter);
        QVERIFY(enter.isAccepted());
        QDropEvent drop({400, 300}, Qt::CopyAction, &data, Qt::LeftButton, {});
        QSignalSpy opened(&window.files(), &DocumentController::opened);
        QCoreApplication::sendEvent(&window, &drop);
        QVERIFY(opened.wait(10000));
        QTRY_VERIFY_WITH_TIMEOUT(window.runPanel().model(), 10000);
        const QImage before = window.document().picture().copy();

        editor.paint();
        QWidget* viewport = window.canvas().viewport();
        QVERIFY(window.document().mask().coverage() > 0.005);

        auto* prompt = window.findChild<QLineEdit*>(QStringLiteral("prompt"));
        window.taskBar().focusPrompt();
        QTest::keyClicks(prompt, QStringLiteral("a hot air balloon"));
        QSignalSpy preview(&inference, &InferenceService::preview), failed(&inference, &InferenceService::failed);
        const QImage shownBefore = viewport->grab().toImage();
        QTest::keyClick(prompt, Qt::Key_Return);
        QTRY_VERIFY_WITH_TIMEOUT(preview.count() > 0 || failed.count() > 0, 60000);
        QCOMPARE(failed.count(), 0);
        QVERIFY(viewport->grab().toImage() != shownBefore);
        QCOMPARE(window.document().picture(), before);
        QTRY_VERIFY_WITH_TIMEOUT(!window.generator().candidates().isEmpty(), 120000);
        QVERIFY(preview.count() > 1);

        const JobVariant variant = *window.generator().candidates().shown();
        window.action(ActionId::Keep)->trigger();
        const QImage kept = window.document().picture().copy();
        QVERIFY(kept != before);
        window.action(ActionId::Undo)->trigger();
        QCOMPARE(window.document().picture(), before);
        window.action(ActionId::Redo)->trigger();
        QCOMPARE(window.document().picture(), kept);

        QSignalSpy saved(&window.files(), &DocumentController::saved);
        window.action(ActionId::Save)->trigger();
        QVERIFY(saved.wait(10000));
        const QImage file = QImage(path).convertToFormat(QImage::Format_RGB888);
        QCOMPARE(file, kept);
        int changed = 0;
        for (int y = 0; y < file.height(); ++y) {
            for (int x = 0; x < file.width(); ++x) {
                const QPoint in = QPoint(x, y) - variant.rect.topLeft();
                const bool pasted = variant.rect.contains(x, y) && variant.alpha.constScanLine(in.y())[in.x()] != 0;
                const bool same = std::memcmp(file.constScanLine(y) + 3 * x, before.constScanLine(y) + 3 * x, 3) == 0;
                QVERIFY2(pasted || same, "a pixel outside the paste mask changed");
                changed += same ? 0 : 1;
            }
        }
        QVERIFY(changed > 1000);

        // The command line makes the same pixels of the same request.
        QCOMPARE(editor.byCommandLine(before, {QStringLiteral("--prompt"), QStringLiteral("a hot air balloon"),
                                               QStringLiteral("--seed"), QString::number(variant.seed)}),
                 kept);
        QVERIFY(inference.stop(std::chrono::seconds(10)));
    }

    void controlsSteerAsOnTheCommandLine()
    {
        const QString reference = QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference");
        qputenv("PENTIMENTO_MODELS", reference.toLocal8Bit());
        const QString net = reference + QStringLiteral("/sd15-controlnet"), model = reference + QStringLiteral("/sd15-base");
        Editor editor;
        MainWindow& window = editor.window;
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        QSignalSpy opened(&window.files(), &DocumentController::opened);
        window.openFile(editor.photo());
        QVERIFY(opened.wait(10000));
        QTRY_VERIFY_WITH_TIMEOUT(window.runPanel().model(), 10000);
        window.runPanel().selectModel(model);
        QCOMPARE(window.runPanel().model()->path, model);
        editor.paint();
        window.taskBar().setPrompt(QStringLiteral("a red ball"));
        window.runPanel().setLockedSeed(7);
        window.runPanel().controls().setControls({{net, ControlLook::Canny, {}, 0.8, 0, 70}});
        const QImage before = window.document().picture().copy();
        window.action(ActionId::Generate)->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!window.generator().candidates().isEmpty(), 60000);
        window.action(ActionId::Keep)->trigger();
        const QImage kept = window.document().picture().copy();

        const QStringList alone = {QStringLiteral("--model"),  model,
                                   QStringLiteral("--prompt"), QStringLiteral("a red ball"),
                                   QStringLiteral("--seed"),   QStringLiteral("7")};
        QCOMPARE(editor.byCommandLine(before, alone + QStringList{QStringLiteral("--control"), QStringLiteral("canny"),
                                                                  QStringLiteral("--control-model"), net,
                                                                  QStringLiteral("--control-scale"), QStringLiteral("0.8"),
                                                                  QStringLiteral("--control-end"), QStringLiteral("0.7")}),
                 kept);
        const QImage without = editor.byCommandLine(before, alone);
        QVERIFY(!without.isNull() && without != kept); // it is the control that did it
        QVERIFY(editor.inference.stop(std::chrono::seconds(10)));
    }
};

QTEST_MAIN(EndToEndTest)
#include "tst_end_to_end.moc"
