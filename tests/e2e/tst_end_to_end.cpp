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

class EndToEndTest : public QObject {
    Q_OBJECT
private:
    static QPoint at(MainWindow& window, QPointF picture) { return window.canvas().transform().toWidget(picture).toPoint(); }

private Q_SLOTS:
    void dropPaintGenerateKeepUndoSave()
    {
        QTemporaryDir folder;
        LogHub log(folder.path());
        AppSettings settings(folder.filePath(QStringLiteral("window.ini")));
        InferenceService inference(engineSource({}, log.sink()));
        MainWindow window({inference, settings, log});
        window.files().askLossy = [] { return DocumentController::LossyAnswer::Keep; };
        window.resize(1200, 800);
        window.show();
        QVERIFY(QTest::qWaitForWindowExposed(&window));
        window.activateWindow();

        QImage photo(QStringLiteral(PENTIMENTO_SOURCE_DIR "/resources/models/starter/golden_picture.png"));
        QVERIFY(!photo.isNull());
        photo = photo.convertToFormat(QImage::Format_RGB888).scaled(640, 640, Qt::KeepAspectRatio, Qt::SmoothTransformation);
        const QString path = folder.filePath(QStringLiteral("photo.png"));
        QVERIFY(photo.save(path));

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

        window.tools().setSize(70);
        QWidget* viewport = window.canvas().viewport();
        const double middleX = photo.width() / 2.0, middleY = photo.height() / 2.0;
        QTest::mousePress(viewport, Qt::LeftButton, {}, at(window, {middleX - 60, middleY}));
        for (int i = -50; i <= 60; i += 10)
            QTest::mouseMove(viewport, at(window, {middleX + i, middleY}));
        QTest::mouseRelease(viewport, Qt::LeftButton, {}, at(window, {middleX + 60, middleY}));
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
        const QString original = folder.filePath(QStringLiteral("original.png")),
                      mask = folder.filePath(QStringLiteral("mask.png"));
        const QString output = folder.filePath(QStringLiteral("output.png"));
        QVERIFY(before.save(original) && window.document().mask().toImage().save(mask));
        const int status =
            QProcess::execute(QStringLiteral(PENTIMENTO_BINARY_DIR "/bin/pentimento"),
                              {QStringLiteral("inpaint"), QStringLiteral("--image"), original, QStringLiteral("--mask"), mask,
                               QStringLiteral("--prompt"), QStringLiteral("a hot air balloon"), QStringLiteral("--seed"),
                               QString::number(variant.seed), QStringLiteral("--output"), output});
        QCOMPARE(status, 0);
        QCOMPARE(QImage(output).convertToFormat(QImage::Format_RGB888), kept);
        QVERIFY(inference.stop(std::chrono::seconds(10)));
    }
};

QTEST_MAIN(EndToEndTest)
#include "tst_end_to_end.moc"
