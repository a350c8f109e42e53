// SPDX-License-Identifier: Apache-2.0
// Prints rows about the window: time to the screen, brush strokes, pauses during a job. No test: nothing fails here.
#include "tests/app/editor_fixture.h"

#include "app/bridge/engine_choice.h"
#include "widgets/panels/control_list.h"

#include <QElapsedTimer>
#include <QTimer>

#include <algorithm>
#include <cstdio>
#include <vector>

using namespace pentimento;
using namespace std::chrono_literals;

namespace {

void row(const char* name, double milliseconds, const char* note)
{
    std::printf("%-34s %9.2f ms   %s\n", name, milliseconds, note);
    std::fflush(stdout);
}

/// One move event, its drawing included.
std::vector<double> strokeTimes(EditorFixture& f, int moves)
{
    QWidget* viewport = f.window->canvas().viewport();
    std::vector<double> times;
    QTest::mousePress(viewport, Qt::LeftButton, {}, {200, 200});
    for (int i = 0; i < moves; ++i) {
        const QPoint at(200 + (i * 7) % 500, 200 + (i * 3) % 250);
        QElapsedTimer timer;
        timer.start();
        QMouseEvent move(QEvent::MouseMove, at, viewport->mapToGlobal(at), Qt::NoButton, Qt::LeftButton, {});
        QCoreApplication::sendEvent(viewport, &move);
        QCoreApplication::sendPostedEvents(f.window, QEvent::UpdateRequest); // draws what the move made dirty
        times.push_back(double(timer.nsecsElapsed()) / 1e6);
        QCoreApplication::processEvents();
    }
    QTest::mouseRelease(viewport, Qt::LeftButton, {}, {400, 300});
    std::sort(times.begin(), times.end());
    return times;
}

void strokeRow(EditorFixture& f, const char* name)
{
    const auto times = strokeTimes(f, 200);
    row(name, times[times.size() * 95 / 100], "p95 of one move with its drawing, 4000x3000");
}

/// The longest time in milliseconds that the event loop stood still until `done`.
template <typename Done> double longestPause(Done done)
{
    double longest = 0;
    QElapsedTimer beat;
    beat.start();
    QTimer pulse;
    QObject::connect(&pulse, &QTimer::timeout, &pulse, [&] {
        longest = std::max(longest, double(beat.nsecsElapsed()) / 1e6);
        beat.restart();
    });
    pulse.start(1);
    while (!done())
        QCoreApplication::processEvents(QEventLoop::AllEvents, 5);
    return std::max(longest, double(beat.nsecsElapsed()) / 1e6);
}

/// Opens a large picture and waits for a model.
bool openLarge(EditorFixture& f, QSize size = {6000, 4000})
{
    QImage picture(size, QImage::Format_RGB888);
    for (int y = 0; y < picture.height(); ++y) {
        for (int x = 0; x < picture.width(); ++x)
            picture.setPixel(x, y, qRgb(x * 7 % 251, (x + y) % 256, y * 13 % 239));
    }
    const QString path = f.folder.filePath(QStringLiteral("large.jpg"));
    picture.save(path);
    QSignalSpy opened(&f.window->files(), &DocumentController::opened);
    f.window->openFile(path);
    if (!opened.wait(30000))
        return false;
    while (!f.window->runPanel().model())
        QTest::qWait(10);
    f.window->action(ActionId::ModeErase)->trigger();
    return true;
}

/// What a ControlNet sees, shown over a large picture, then followed to another mask.
void controlRows()
{
    EditorFixture f;
    if (!openLarge(f))
        return;
    ControlList& list = f.window->runPanel().controls();
    const CanvasWidget& canvas = f.window->canvas();
    list.setControls({{QStringLiteral("/net"), ControlLook::Canny, {}, 1, 0, 100}});
    QElapsedTimer time;
    time.start();
    list.setShown(0);
    const double shown = longestPause([&] { return !canvas.control().isEmpty(); });
    row("longest pause, control shown", shown, "of the window's event loop, 6000x4000, nothing painted");
    row("control shown", double(time.nsecsElapsed()) / 1e6, "from the eye to the canvas, computed beside the window");
    const qint64 former = canvas.control().image.cacheKey();
    const double followed = longestPause([&] {
        if (f.window->document().mask().isBlank())
            f.window->action(ActionId::InvertMask)->trigger();
        return canvas.control().image.cacheKey() != former;
    });
    row("longest pause, control follows", followed, "all of it painted at once, that included");
}

/// Large edits of a large picture, kept one after the other until the undo memory is full, then taken back.
void keepRows()
{
    FakeScript script;
    script.steps = 2;
    EditorFixture f(script);
    if (!openLarge(f))
        return;
    f.window->action(ActionId::InvertMask)->trigger();
    QUndoStack& steps = f.window->document().undoStack();
    double result = 0, keep = 0, undo = 0;
    for (int i = 0; i < 9; ++i) {
        f.window->action(ActionId::Generate)->trigger();
        result = std::max(result, longestPause([&] { return !f.candidates().isEmpty(); }));
        QTest::qWait(100);
        const int before = steps.count();
        keep = std::max(keep, longestPause([&, asked = false]() mutable {
                            if (!std::exchange(asked, true))
                                f.window->action(ActionId::Keep)->trigger();
                            return steps.count() > before;
                        }));
        keep = std::max(keep, longestPause([wait = QElapsedTimer()]() mutable {
                            if (!wait.isValid())
                                wait.start();
                            return wait.elapsed() > 300;
                        }));
    }
    for (int i = 0; i < 9; ++i) {
        undo = std::max(undo, longestPause([&, left = 50]() mutable {
                            if (left == 50)
                                f.window->action(ActionId::Undo)->trigger();
                            return --left == 0;
                        }));
    }
    row("longest pause, run of a 24 MP mask", result, "of the window's event loop, 6000x4000, all painted");
    row("longest pause, Keep of it", keep, "nine in a row, more than the undo memory holds");
    row("longest pause, Undo of them", undo, "nine in a row, more than the undo memory holds");
}

/// With the starter at work, which wants all processors.
void realJobRows()
{
    EditorFixture f(engineSource({}, [](auto&&...) {}));
    if (!openLarge(f, {4000, 3000}))
        return;
    f.window->tools().setSize(300);
    strokeTimes(f, 20);
    QSignalSpy preview(&f.inference, &InferenceService::preview);
    f.window->action(ActionId::Generate)->trigger();
    if (!preview.wait(60000))
        return;
    const auto times = strokeTimes(f, 200);
    const bool ran = f.window->generator().isBusy();
    row("stroke, while the starter erases", times[times.size() * 95 / 100],
        ran ? "p95 of one move with its drawing, 4000x3000, fitted" : "the job was too short");
    row("longest pause, to its end", longestPause([&f] { return !f.window->generator().isBusy(); }),
        "of the window's event loop");
}

} // namespace

int main(int argc, char** argv)
{
    QElapsedTimer start;
    start.start();
    QApplication app(argc, argv);
    applyTheme(app, ThemeChoice::Dark);
    FakeScript script;
    script.steps = 100;
    script.stepTime = 50ms;
    EditorFixture f(script);
    QCoreApplication::processEvents();
    row("window shown", double(start.nsecsElapsed()) / 1e6, "from main to the first paint, engine not loaded");

    QImage picture(4000, 3000, QImage::Format_RGB888);
    picture.fill(QColor(90, 120, 150));
    const QString path = f.folder.filePath(QStringLiteral("large.jpg"));
    picture.save(path);
    QElapsedTimer timer;
    timer.start();
    QSignalSpy opened(&f.window->files(), &DocumentController::opened);
    f.window->openFile(path);
    if (!opened.wait(30000))
        return 1;
    row("open 4000x3000 JPEG", double(timer.nsecsElapsed()) / 1e6, "decoded and reduced off the window's thread");
    while (!f.window->runPanel().model())
        QTest::qWait(10);

    f.window->tools().setSize(300);
    strokeRow(f, "stroke, fitted, 300 px brush");
    f.window->canvas().setZoom(1);
    f.window->tools().setSize(60);
    strokeRow(f, "stroke, 100 %, 60 px brush");

    f.window->action(ActionId::ModeErase)->trigger();
    f.window->canvas().fitPicture();
    f.window->tools().setSize(300);
    f.window->action(ActionId::Generate)->trigger();
    strokeRow(f, "stroke, fitted, during a job");
    if (!f.window->generator().isBusy())
        std::puts("the job was too short for the last row");
    const double longest = longestPause([&f] { return !f.window->generator().isBusy(); });
    row("longest pause during a job", longest, "of the window's event loop, previews and result shown");
    realJobRows();
    keepRows();
    controlRows();
    return 0;
}
