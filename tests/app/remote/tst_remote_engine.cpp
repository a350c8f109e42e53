// SPDX-License-Identifier: Apache-2.0
// An engine elsewhere does what one here does; what goes wrong between is told or mended.
#include "app/remote/event_reader.h"
#include "app/remote/remote_engine.h"
#include "tests/support/job_server.h"
#include "tests/support/tcp_relay.h"

#include <QtTest>

#include <future>
#include <mutex>

using namespace pentimento;
using namespace std::chrono_literals;

namespace {

struct NotingSink final : EventSink {
    std::vector<int> steps;
    std::vector<std::string> notices;
    int startedCount = 0, previews = 0;
    Started lastStarted;
    std::function<void()> onProgress = [] {};
    void loading(const std::string&) noexcept override {}
    void started(const Started& started) noexcept override
    {
        ++startedCount;
        lastStarted = started;
    }
    void progress(const Progress& progress) noexcept override
    {
        steps.push_back(progress.step);
        onProgress();
    }
    bool wantsPreview() noexcept override { return true; }
    void preview(const Preview& preview) noexcept override { previews += preview.pixels.empty() ? 0 : 1; }
    void notice(const std::string& text) noexcept override { notices.push_back(text); }
};

Request smallRequest(std::uint64_t seed = 3)
{
    Request request;
    request.image = gradient({48, 32}, 3);
    request.mask = rectMask({48, 32}, {10, 8, 12, 10});
    request.seed = seed;
    request.steps = 5;
    return request;
}

Request requestFor(const char* model)
{
    Request request = smallRequest();
    request.model = model;
    return request;
}

Image pasted(const Request& request, const Patch& patch)
{
    ImageBuffer pixels = copyImage(request.image);
    pastePatch(pixels.data.get(), pixels.stride, pixels.size(), patch);
    return std::move(pixels).share();
}

RemoteOptions optionsFor(int port)
{
    RemoteOptions options;
    options.address = "http://127.0.0.1:" + std::to_string(port) + "/";
    options.patience = 1s;
    options.pause = 50ms;
    options.silence = 2s;
    return options;
}

std::string text(std::uint64_t id, const Json& event)
{
    return "id: " + std::to_string(id) + "\nevent: " + event["event"].get<std::string>() + "\ndata: " + event.dump() + "\n\n";
}

} // namespace

class TestRemoteEngine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void sameResultAsHere();
    void cancelReachesTheServer();
    void errorsOfTheServer();
    void serverThatIsNotThere();
    void serverThatDies();
    void lostStreamGoesOn();
    void networkThatComesBack_data();
    void networkThatComesBack();
    void networkThatStaysAway_data();
    void networkThatStaysAway();
    void tokenIsSent();
    void eventsInAnyPieces();
};

void TestRemoteEngine::sameResultAsHere()
{
    const JobServer server(quickScript(10ms));
    RemoteEngine remote(optionsFor(server.port()));
    Request request = smallRequest();
    request.batch = 2;
    FakeEngine here(quickScript());
    NotingSink sink, hereSink;
    const Outcome far = remote.run(request, sink, CancelToken()), near = here.run(request, hereSink, CancelToken());
    QVERIFY2(std::holds_alternative<Result>(far), std::get_if<Error>(&far) ? formatError(std::get<Error>(far)).c_str() : "");
    const Result &a = std::get<Result>(far), &b = std::get<Result>(near);
    QCOMPARE(a.variants.size(), std::size_t{2});
    for (std::size_t i = 0; i < 2; ++i) {
        QCOMPARE(a.variants[i].seed, b.variants[i].seed);
        QVERIFY(samePixels(pasted(request, a.variants[i].patch), pasted(request, b.variants[i].patch)));
    }
    QCOMPARE(sink.steps, hereSink.steps);
    QCOMPARE(sink.startedCount, 1);
    QCOMPARE(sink.previews, 1);
    QVERIFY(!sink.lastStarted.plan.paste.empty()); // the window shows its rim
    QVERIFY(sink.notices.empty());
    QCOMPARE(server.get("/v1/jobs")["jobs"].size(), std::size_t{0}); // nothing is left there
}

void TestRemoteEngine::cancelReachesTheServer()
{
    const JobServer server(quickScript(10s));
    RemoteEngine remote(optionsFor(server.port()));
    const CancelToken cancel;
    NotingSink sink;
    auto outcome = std::async(std::launch::async, [&] { return remote.run(smallRequest(), sink, cancel); });
    QTRY_COMPARE(server.get("/v1/health")["running"], Json(1));
    QElapsedTimer timer;
    timer.start();
    cancel.cancel();
    QVERIFY(std::holds_alternative<Cancelled>(outcome.get()));
    QVERIFY2(timer.elapsed() < 1000, QByteArray::number(timer.elapsed()).constData());
    QTRY_COMPARE(server.get("/v1/health")["running"], Json(0));
}

void TestRemoteEngine::errorsOfTheServer()
{
    FakeScript script = quickScript();
    script.error = Error{ErrorCode::OutOfMemory, "it is full", {}, "ask for less", {}};
    const JobServer server(script);
    RemoteEngine remote(optionsFor(server.port()));
    NotingSink sink;
    const Outcome failed = remote.run(smallRequest(), sink, CancelToken());
    QVERIFY(std::get<Error>(failed).code == ErrorCode::OutOfMemory);
    QCOMPARE(formatError(std::get<Error>(failed)), std::string("it is full: ask for less"));
    Request unknown = smallRequest();
    unknown.model = "/models/nosuchmodel";
    const Outcome refused = remote.run(unknown, sink, CancelToken());
    QVERIFY(std::get<Error>(refused).code == ErrorCode::BadInput);
    QVERIFY(std::holds_alternative<Error>(remote.preload(requestFor("/models/nosuchmodel"), CancelToken())));
    QVERIFY(std::holds_alternative<std::monostate>(remote.preload(requestFor("/elsewhere/starter"), CancelToken())));
    QVERIFY_THROWS_EXCEPTION(Exception, RemoteEngine(RemoteOptions{"gpu.lan", {}, {}, {}}));
}

void TestRemoteEngine::serverThatIsNotThere()
{
    int port = 0;
    {
        const JobServer gone;
        port = gone.port();
    }
    RemoteEngine remote(optionsFor(port));
    NotingSink sink;
    const Outcome outcome = remote.run(smallRequest(), sink, CancelToken());
    QVERIFY(std::get<Error>(outcome).code == ErrorCode::Unsupported);
    QCOMPARE(sink.notices.size(), std::size_t{0});
}

void TestRemoteEngine::serverThatDies()
{
    ServerOptions hasty;
    hasty.limits.stopTime = 0s;
    auto server = std::make_unique<JobServer>(quickScript(300ms), hasty);
    RemoteEngine remote(optionsFor(server->port()));
    NotingSink sink;
    std::atomic<bool> begun{false};
    sink.onProgress = [&] { begun = true; };
    auto outcome = std::async(std::launch::async, [&] { return remote.run(smallRequest(), sink, CancelToken()); });
    QTRY_VERIFY(begun);
    server.reset();
    const Outcome ended = outcome.get();
    QVERIFY(std::holds_alternative<Error>(ended)); // it is told, and not as our own cancelling
}

/// A stream that breaks off goes on after the event that came last: none is lost, none comes twice.
void TestRemoteEngine::lostStreamGoesOn()
{
    const JobServer real; // only to ask it what a model is
    const std::string models = real.client().Get("/v1/models")->body;
    const Request request = smallRequest();
    Picture result;
    result.image = gradient({48, 32}, 3);
    const Bytes png = encoded(result, {});
    httplib::Server broken;
    std::mutex mutex; // each connection has a thread of its own
    int streams = 0;
    std::string resumedAfter;
    const auto progress = [](int step) { return Json{{"event", "progress"}, {"step", step}, {"steps", 5}}; };
    broken.Get("/v1/models", [&](const httplib::Request&, httplib::Response& r) { r.set_content(models, "application/json"); });
    broken.Post("/v1/jobs", [](const httplib::Request&, httplib::Response& r) {
        r.status = 202;
        r.set_content("{\"job_id\": \"1\"}", "application/json");
    });
    broken.Get("/v1/jobs/1/events", [&](const httplib::Request& q, httplib::Response& r) {
        const std::lock_guard lock(mutex);
        resumedAfter = q.get_header_value("Last-Event-ID");
        std::string events;
        if (++streams == 1)
            events = text(1, {{"event", "started"}, {"width", 48}, {"height", 32}}) + text(2, progress(1)) + "id: 3\nevent: prog";
        else
            events = text(2, progress(1)) + text(3, progress(2)) +
                     text(4, {{"event", "result"}, {"images", {"/picture"}}, {"seed", 3}});
        r.set_content(events, "text/event-stream");
    });
    broken.Get("/picture", [&](const httplib::Request&, httplib::Response& r) {
        r.set_content(reinterpret_cast<const char*>(png.data()), png.size(), "image/png");
    });
    const int port = broken.bind_to_any_port("127.0.0.1");
    std::thread listener([&] { broken.listen_after_bind(); });
    RemoteEngine remote(optionsFor(port));
    NotingSink sink;
    const Outcome outcome = remote.run(request, sink, CancelToken());
    broken.stop();
    listener.join();
    QVERIFY(std::holds_alternative<Result>(outcome));
    const std::lock_guard lock(mutex);
    QCOMPARE(streams, 2);
    QCOMPARE(resumedAfter, std::string("2"));
    QCOMPARE(sink.steps, (std::vector<int>{1, 2}));
    QCOMPARE(sink.notices.size(), std::size_t{1});
}

void TestRemoteEngine::networkThatComesBack_data()
{
    QTest::addColumn<bool>("cut");
    QTest::newRow("cut") << true;
    QTest::newRow("silent") << false;
}

/// In the middle of a job the line between goes dead, in both senses, and comes back: the result is there and whole.
void TestRemoteEngine::networkThatComesBack()
{
    QFETCH(bool, cut);
    const JobServer server(quickScript(150ms));
    TcpRelay relay(server.port());
    RemoteOptions options = optionsFor(relay.port());
    options.patience = 5s;
    RemoteEngine remote(options);
    NotingSink sink;
    std::atomic<bool> begun{false};
    sink.onProgress = [&] { begun = true; };
    const Request request = smallRequest();
    auto outcome = std::async(std::launch::async, [&] { return remote.run(request, sink, CancelToken()); });
    QTRY_VERIFY(begun);
    relay.setState(cut ? TcpRelay::Cut : TcpRelay::Silent);
    QTest::qWait(cut ? 400 : 3000); // silence counts as lost after 2 s
    relay.setState(TcpRelay::Open);
    while (outcome.wait_for(0s) != std::future_status::ready)
        QTest::qWait(10);
    const Outcome far = outcome.get();
    QVERIFY2(std::holds_alternative<Result>(far), std::get_if<Error>(&far) ? formatError(std::get<Error>(far)).c_str() : "");
    QCOMPARE(sink.steps, (std::vector<int>{1, 2, 3, 4, 5}));
    FakeEngine here(quickScript());
    NotingSink hereSink;
    const Outcome near = here.run(request, hereSink, CancelToken());
    QVERIFY(samePixels(pasted(request, std::get<Result>(far).variants.front().patch),
                       pasted(request, std::get<Result>(near).variants.front().patch)));
    QVERIFY(!sink.notices.empty());
}

void TestRemoteEngine::networkThatStaysAway_data()
{
    networkThatComesBack_data();
}

/// The job is told to have failed in time, and the server is not held up by it.
void TestRemoteEngine::networkThatStaysAway()
{
    QFETCH(bool, cut);
    JobServer server(quickScript(100ms));
    TcpRelay relay(server.port());
    RemoteEngine remote(optionsFor(relay.port()));
    NotingSink sink;
    std::atomic<bool> begun{false};
    sink.onProgress = [&] { begun = true; };
    auto outcome = std::async(std::launch::async, [&] { return remote.run(smallRequest(), sink, CancelToken()); });
    QTRY_VERIFY(begun);
    relay.setState(cut ? TcpRelay::Cut : TcpRelay::Silent);
    QElapsedTimer timer;
    timer.start();
    while (outcome.wait_for(0s) != std::future_status::ready && timer.elapsed() < 20000)
        QTest::qWait(10);
    QVERIFY(outcome.wait_for(0s) == std::future_status::ready);
    const Outcome ended = outcome.get();
    QVERIFY(std::holds_alternative<Error>(ended));
    QVERIFY(!std::get<Error>(ended).what.empty());
    QTRY_COMPARE(server.get("/v1/health")["running"], Json(0)); // no stuck job
    QCOMPARE(server.events(server.posted(jobJson())).back().name, std::string("result"));
    server.stop();
}

void TestRemoteEngine::tokenIsSent()
{
    ServerOptions guarded;
    guarded.token = "0123456789abcdef";
    const JobServer server(quickScript(), guarded);
    NotingSink sink;
    RemoteOptions options = optionsFor(server.port());
    RemoteEngine without(options);
    QVERIFY(std::get<Error>(without.run(smallRequest(), sink, CancelToken())).what.find("token") != std::string::npos);
    options.token = guarded.token;
    RemoteEngine with(options);
    QVERIFY(std::holds_alternative<Result>(with.run(smallRequest(), sink, CancelToken())));
}

void TestRemoteEngine::eventsInAnyPieces()
{
    const std::string stream =
        ": comment\n\nid: 7\r\nevent: progress\r\ndata: {\"a\":1}\r\n\r\ndata: x\ndata: y\n\nevent: empty\n\n";
    for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
        std::vector<RemoteEvent> events;
        EventReader reader([&](const RemoteEvent& event) { events.push_back(event); });
        for (std::size_t at = 0; at < stream.size(); at += piece)
            QVERIFY(reader.feed(std::string_view(stream).substr(at, piece)));
        QCOMPARE(events.size(), std::size_t{2});
        QVERIFY(events[0].id == 7 && events[0].name == "progress" && events[0].data == "{\"a\":1}");
        QVERIFY(events[1].id == 0 && events[1].name.empty() && events[1].data == "x\ny");
    }
}

QTEST_GUILESS_MAIN(TestRemoteEngine)
#include "tst_remote_engine.moc"
