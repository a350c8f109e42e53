// SPDX-License-Identifier: Apache-2.0
// ControlNets in the window: found, remembered, asked for, handed to the engine, and shown over the canvas.
#include "tests/app/editor_fixture.h"

#include "app/bridge/edit_preview.h"
#include "app/bridge/request_builder.h"
#include "app/window/control_controller.h"
#include "inference/api/edit_plan.h"
#include "inference/api/model_info.h"
#include "inference/edit/canny.h"
#include "inference/edit/resample.h"
#include "widgets/panels/control_list.h"

#include <QAbstractButton>
#include <QAction>
#include <QComboBox>
#include <QLabel>

using namespace pentimento;

namespace {

const QString reference = QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference");
const QString net = reference + QStringLiteral("/sd15-controlnet");

/// A script that keeps the last request.
FakeScript recorded(std::shared_ptr<Request> last)
{
    FakeScript script;
    script.stepTime = std::chrono::milliseconds(0);
    script.asked = [last](const Request& request) { *last = request; };
    return script;
}

QString savedPicture(EditorFixture& f, const QColor& color)
{
    QImage picture(32, 24, QImage::Format_RGB888);
    picture.fill(color);
    const QString path = f.folder.filePath(QStringLiteral("control.png"));
    picture.save(path);
    return path;
}

/// A picture with one step of brightness, whose edges are known.
void openStep(EditorFixture& f)
{
    f.open();
    PictureData data;
    data.image = QImage(320, 240, QImage::Format_RGB888);
    data.image.fill(Qt::black);
    for (int y = 0; y < 240; ++y)
        for (int x = 160; x < 320; ++x)
            data.image.setPixel(x, y, qRgb(255, 255, 255));
    f.window->document().setPicture(std::move(data));
    f.window->canvas().setZoom(1);
}

} // namespace

class WindowControlsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { qputenv("PENTIMENTO_MODELS", reference.toLocal8Bit()); }
    void cleanup() { qunsetenv("PENTIMENTO_MODELS"); }

    void foundAndRemembered()
    {
        EditorFixture f;
        f.open();
        ControlList* list = &f.window->runPanel().controls();
        auto* add = f.window->findChild<QAbstractButton*>(QStringLiteral("addControl"));
        const auto box = [&f] { return f.window->findChild<QComboBox*>(QStringLiteral("controlModel")); };
        QTRY_VERIFY((add->click(), !list->controls().last().model.isEmpty())); // as soon as they are found
        const ControlSetting own = list->controls().last();
        QCOMPARE(own.model, net);
        const QList<ControlSetting> set = {{net, ControlLook::Picture, QStringLiteral("/p/pose.png"), 0.7, 5, 60},
                                           {QStringLiteral("/gone/net.safetensors"), ControlLook::Scribble, {}, 2, 0, 100}};
        list->setControls(set);
        f.window->close();
        QTRY_VERIFY(!f.window);

        f.window = f.openWindow();
        f.open();
        list = &f.window->runPanel().controls();
        QCOMPARE(list->controls(), set);
        QTRY_COMPARE(box()->currentText(), QStringLiteral("sd15-controlnet"));
        const auto hints = [list] {
            QStringList texts;
            for (const QLabel* label : list->findChildren<QLabel*>(QStringLiteral("muted")))
                texts += label->isHidden() ? QString() : label->text();
            return texts;
        };
        QTRY_VERIFY(!hints().last().isEmpty()); // the one that is gone says so
        QVERIFY(hints().first().isEmpty());

        list->setControls({});
        f.window->close();
        QTRY_VERIFY(!f.window);
        f.window = f.openWindow();
        QVERIFY(f.window->runPanel().controls().controls().isEmpty());
    }

    void theRowsAsk()
    {
        EditorFixture f;
        f.open();
        ControlList& list = f.window->runPanel().controls();
        list.setControls({{}});
        QString answer;
        f.window->controls().askModel = [&answer](bool) { return answer; };
        f.window->controls().askPicture = [&answer] { return answer; };
        auto* model = list.findChild<QComboBox*>(QStringLiteral("controlModel"));
        auto* look = list.findChild<QComboBox*>(QStringLiteral("controlLook"));
        model->setCurrentIndex(model->count() - 1);
        look->setCurrentIndex(look->count() - 1);
        QCOMPARE(list.controls(), QList<ControlSetting>{{}}); // nothing chosen
        answer = net;
        model->setCurrentIndex(model->count() - 1);
        answer = QStringLiteral("/p/pose.png");
        look->setCurrentIndex(look->count() - 1);
        QCOMPARE(list.controls(), (QList<ControlSetting>{{net, ControlLook::Picture, answer, 1, 0, 100}}));
    }

    void generateAsksForWhatIsMissing()
    {
        auto last = std::make_shared<Request>();
        EditorFixture f(recorded(last));
        f.painted();
        ControlList& list = f.window->runPanel().controls();
        const NoticeBar& notice = f.window->notice();
        list.setControls({{}});
        f.window->action(ActionId::Generate)->trigger();
        QVERIFY(!f.window->generator().isBusy());
        QVERIFY2(notice.isVisible() && notice.title().contains(QStringLiteral("ControlNet")), qPrintable(notice.title()));
        list.setControls({{net, ControlLook::Picture, {}, 1, 0, 100}});
        f.window->action(ActionId::Generate)->trigger();
        QVERIFY(!f.window->generator().isBusy());
        QVERIFY2(notice.title().contains(QStringLiteral("picture")), qPrintable(notice.title()));
        list.setControls({});
        f.generate();
        QVERIFY(last->controls.empty());
        QVERIFY(!notice.isVisible());
    }

    void theEngineGetsThem()
    {
        auto last = std::make_shared<Request>();
        EditorFixture f(recorded(last));
        f.painted();
        const QString picture = savedPicture(f, QColor(10, 20, 30));
        f.window->runPanel().controls().setControls({{net, ControlLook::Picture, picture, 0.5, 25, 75},
                                                     {net, ControlLook::Canny, picture, 2, 0, 100},
                                                     {net, ControlLook::Lineart, {}, 1, 0, 100},
                                                     {net, ControlLook::Scribble, {}, 1, 0, 100},
                                                     {net, ControlLook::Inpaint, {}, 1, 0, 100}});
        f.generate();
        QCOMPARE(last->controls.size(), std::size_t(5));
        const ControlChoice& first = last->controls[0];
        QVERIFY(first.model == net.toStdString() && first.source == ControlSource::Picture);
        QVERIFY(first.scale == 0.5 && first.start == 0.25 && first.end == 0.75);
        QVERIFY((first.image.size() == Size{32, 24}) && first.image.row8(7)[3 * 9 + 2] == 30);
        const ControlSource sources[] = {ControlSource::Picture, ControlSource::Canny, ControlSource::Lineart,
                                         ControlSource::Scribble, ControlSource::Inpaint};
        for (std::size_t i = 1; i < 5; ++i)
            QVERIFY(last->controls[i].source == sources[i] && last->controls[i].image.empty());
        QVERIFY(last->controls[1].scale == 2 && last->controls[1].start == 0 && last->controls[1].end == 1);
    }

    void aPictureThatIsGoneIsNamed()
    {
        auto last = std::make_shared<Request>();
        EditorFixture f(recorded(last));
        f.painted();
        f.window->runPanel().controls().setControls({{net, ControlLook::Picture, QStringLiteral("/p/pose.png"), 1, 0, 100}});
        f.window->action(ActionId::Generate)->trigger();
        QTRY_VERIFY(!f.window->generator().isBusy());
        QVERIFY2(f.window->notice().title().contains(QStringLiteral("pose.png")), qPrintable(f.window->notice().title()));
        QVERIFY(last->model.empty()); // nothing ran
    }

    void aControlNetThatIsRefusedIsNamed()
    {
        FakeScript script;
        script.error = Error{ErrorCode::BadInput, "this ControlNet is for SDXL, the model is SD 1", net.toStdString(), "", ""};
        EditorFixture f(script);
        f.painted();
        f.window->runPanel().controls().setControls({{net, ControlLook::Canny, {}, 1, 0, 100}});
        f.window->action(ActionId::Generate)->trigger();
        QTRY_VERIFY(f.window->notice().isVisible());
        QCOMPARE(f.window->notice().title(), QStringLiteral("The ControlNet “sd15-controlnet” cannot be used."));
        QVERIFY(f.window->notice().details().contains(QStringLiteral("SDXL")));
    }

    void theCanvasShowsWhatTheEngineComputes()
    {
        EditorFixture f;
        openStep(f);
        f.window->tools().setSize(30);
        f.paint({150, 100}, {170, 110});
        ControlList& list = f.window->runPanel().controls();
        list.setControls({{net, ControlLook::Canny, {}, 1, 0, 100}});
        list.setShown(0);
        QTRY_VERIFY(!f.window->canvas().control().isEmpty());

        const EditRequest edit = f.window->generator().currentRequest();
        const Request request = buildRequest(edit);
        const auto model = std::get<ModelInfo>(inspectModel(request.model));
        const auto plan = std::get<EditPlan>(
            planEdit(request.image.size(), request.mask, request.edit, request.mode, *request.strength, model));
        const Planes edges = cannyEdges(cropToPlanes(request.image, plan.crop, plan.working));
        const PatchOverlay& shown = f.window->canvas().control();
        QCOMPARE(shown.rect, QRect(plan.crop.x, plan.crop.y, plan.crop.width, plan.crop.height));
        QCOMPARE(shown.image.size(), QSize(plan.working.width, plan.working.height));
        int white = 0;
        for (int y = 0; y < edges.height; ++y) {
            for (int x = 0; x < edges.width; ++x) {
                QCOMPARE(qGreen(shown.image.pixel(x, y)), edges.row(0, y)[x] > 0 ? 255 : 0);
                white += edges.row(0, y)[x] > 0;
            }
        }
        QVERIFY(white >= edges.height / 2); // the step is in it
    }

    void withoutAMaskTheWholeIsShownAsTheModelWouldWorkIt()
    {
        EditorFixture f;
        openStep(f);
        const QString model = reference + QStringLiteral("/sd15-base"); // states no largest size
        f.window->runPanel().selectModel(model);
        QCOMPARE(f.window->runPanel().model()->path, model);
        ControlList& list = f.window->runPanel().controls();
        list.setControls({{net, ControlLook::Canny, {}, 1, 0, 100}});
        list.setShown(0);
        QTRY_VERIFY(!f.window->canvas().control().isEmpty());
        QCOMPARE(f.window->canvas().control().rect, QRect(0, 0, 320, 240));
        const auto info = std::get<ModelInfo>(inspectModel(model.toStdString()));
        QCOMPARE(f.window->canvas().control().image.width(), info.nativeSize * 3 / 2); // the rule of planEdit
    }

    void theViewFollowsPictureSourceAndEye()
    {
        EditorFixture f;
        openStep(f);
        ControlList& list = f.window->runPanel().controls();
        const CanvasWidget& canvas = f.window->canvas();
        const auto brightness = [&canvas] { // of the whole
            return canvas.control().isEmpty()
                       ? -1
                       : qGreen(canvas.control().image.scaled(1, 1, {}, Qt::SmoothTransformation).pixel(0, 0));
        };
        list.setControls({{net, ControlLook::Canny, {}, 1, 0, 100}, {net, ControlLook::Inpaint, {}, 1, 0, 100}});
        list.setShown(0);
        QTRY_VERIFY(brightness() >= 0);
        QCOMPARE(canvas.control().rect, QRect(0, 0, 320, 240)); // nothing is painted yet
        QVERIFY(brightness() < 20);
        list.setShown(1); // the picture, half white
        QTRY_VERIFY(brightness() > 100);

        QImage white(160, 240, QImage::Format_RGB888);
        white.fill(Qt::white);
        f.window->document().replaceRegion({0, 0}, white, QString());
        QTRY_VERIFY(brightness() > 250);
        f.window->document().undoStack().undo();
        QTRY_VERIFY(brightness() < 150 && brightness() > 100);

        list.setPicture(list.findChildren<ControlRow*>()[1], savedPicture(f, Qt::black));
        QTRY_COMPARE(brightness(), 0);
        list.setShown(-1);
        QVERIFY(canvas.control().isEmpty());
        QTest::qWait(100); // nothing comes late
        QVERIFY(canvas.control().isEmpty());
    }

    void aViewThatCannotBeMadeIsGivenUp()
    {
        EditorFixture f;
        f.open();
        ControlList& list = f.window->runPanel().controls();
        list.setControls({{net, ControlLook::Picture, QStringLiteral("/p/pose.png"), 1, 0, 100}});
        list.setShown(0);
        QTRY_VERIFY(f.window->notice().isVisible());
        QVERIFY(!list.shown());
        QVERIFY(f.window->canvas().control().isEmpty());
    }
};

QTEST_MAIN(WindowControlsTest)
#include "tst_window_controls.moc"
