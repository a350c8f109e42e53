// SPDX-License-Identifier: Apache-2.0
// The server as its clients see it, on the scripted engine.
#include "tests/support/job_server.h"
#include "tests/support/json_schema.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <future>

using namespace pentimento;
using namespace std::chrono_literals;

namespace {

using Names = std::vector<std::string>;

Names names(const std::vector<StreamedEvent>& events)
{
    Names list;
    for (const StreamedEvent& event : events) {
        if (event.name != "progress" && event.name != "preview")
            list.push_back(event.name);
    }
    return list;
}

std::string message(const httplib::Result& answer)
{
    return Json::parse(answer->body)["error"]["message"];
}

} // namespace

class TestHttpServer : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void jobFromPostToPicture();
    void streamsResumeAfterTheLastEvent();
    void severalStreamsOfOneJob();
    void statusAndList();
    void cancelByDelete();
    void mistakesAreNamed();
    void tooMuchIsRefused();
    void streamLimit();
    void streamsLeaveRoomForOthers();
    void previewsOnlyWhenAsked();
    void tokenIsAskedFor();
    void webPagesAreRefused();
    void otherRequests();
    void schemaIsTheNetworks();
    void modelsAndMetrics();
    void nothingTellsAPath();
    void portInUse();
    void stopTellsTheStreams();
};

void TestHttpServer::jobFromPostToPicture()
{
    const JobServer server;
    const auto answer = server.post(jobJson({{"seed", 9}, {"batch", 2}}));
    QCOMPARE(answer->status, 202);
    const Json taken = Json::parse(answer->body);
    const std::string id = taken["job_id"];
    QCOMPARE(taken["sse_url"], Json("/v1/jobs/" + id + "/events"));
    const std::vector<StreamedEvent> events = server.events(id);
    QCOMPARE(names(events), (Names{"queued", "started", "result"}));
    for (std::size_t i = 0; i < events.size(); ++i) {
        QCOMPARE(events[i].id, i + 1);
        QCOMPARE(events[i].data["event"], Json(events[i].name));
        QCOMPARE(events[i].data["job_id"], Json(id));
    }
    const Json& result = events.back().data;
    QCOMPARE(result["seed"], Json(9));
    QCOMPARE(result["images"].size(), std::size_t{2});
    const auto image = server.client().Get(result["images"][1].get<std::string>());
    QCOMPARE(image->get_header_value("Content-Type"), std::string("image/png"));
    const Picture picture = decoded({image->body.begin(), image->body.end()});
    QCOMPARE(int(picture.image.row8(5)[15]), int(FakeEngine::shade(10)));
    QCOMPARE(int(picture.image.row8(1)[3]), int(gradient({24, 16}, 3).row8(1)[3])); // outside the mask
    const auto json = server.client().Get("/v1/jobs/" + id + "/result", {{"Accept", "application/json"}});
    const Json parsed = Json::parse(json->body);
    QCOMPARE(parsed["format"], Json("png"));
    const auto second = *fromBase64(parsed["images"][1].get<std::string>());
    QVERIFY(std::equal(second.begin(), second.end(), image->body.begin(), image->body.end(),
                       [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); }));
    QCOMPARE(server.status("/v1/jobs/" + id + "/result?image=3"), 404);
    QCOMPARE(server.status("/v1/jobs/" + id + "/result?image=0"), 404);
    QCOMPARE(server.status("/v1/jobs/" + id + "/result?image=x"), 404);
}

void TestHttpServer::streamsResumeAfterTheLastEvent()
{
    const JobServer server;
    const std::string id = server.posted(jobJson());
    const std::vector<StreamedEvent> all = server.events(id), rest = server.events(id, 3);
    QCOMPARE(all.size(), rest.size() + 3);
    QCOMPARE(rest.front().id, 4u);
    // An EventSource asks again when a stream ends; this answer makes it stop.
    const auto nothing = server.client().Get("/v1/jobs/" + id + "/events", {{"Last-Event-ID", std::to_string(all.back().id)}});
    QCOMPARE(nothing->status, 204);
}

void TestHttpServer::severalStreamsOfOneJob()
{
    const JobServer server(quickScript(20ms));
    const std::string id = server.posted(jobJson());
    std::vector<std::future<std::vector<StreamedEvent>>> streams;
    for (int i = 0; i < 5; ++i)
        streams.push_back(std::async(std::launch::async, [&] { return server.events(id); }));
    for (auto& stream : streams) {
        const std::vector<StreamedEvent> events = stream.get();
        QCOMPARE(events.size(), std::size_t{8}); // queued, started, five steps, result
        QCOMPARE(events.back().id, 8u);
    }
}

void TestHttpServer::statusAndList()
{
    const JobServer server(quickScript(5s));
    const std::string running = server.posted(jobJson()), waiting = server.posted(jobJson());
    QTRY_COMPARE(server.get("/v1/jobs/" + running)["state"], Json("running"));
    const Json status = server.get("/v1/jobs/" + waiting);
    QCOMPARE(status["state"], Json("queued"));
    QCOMPARE(status["position"], Json(1));
    QCOMPARE(status["operation"], Json("ImageInpaint"));
    const Json list = server.get("/v1/jobs")["jobs"];
    QCOMPARE(list.size(), std::size_t{2});
    QCOMPARE(list[1]["job_id"], Json(waiting));
    QCOMPARE(server.status("/v1/jobs/" + waiting + "/result"), 409);
    const Json health = server.get("/v1/health");
    QCOMPARE(health["status"], Json("ok"));
    QCOMPARE(health["running"], Json(1));
    QCOMPARE(health["queued"], Json(1));
    for (const std::string& id : {waiting, running})
        server.client().Delete("/v1/jobs/" + id);
}

void TestHttpServer::cancelByDelete()
{
    const JobServer server(quickScript(5s));
    const std::string running = server.posted(jobJson()), waiting = server.posted(jobJson());
    QTRY_COMPARE(server.get("/v1/jobs/" + running)["state"], Json("running"));
    auto stream = std::async(std::launch::async, [&] { return server.events(running); });
    QCOMPARE(Json::parse(server.client().Delete("/v1/jobs/" + waiting)->body)["state"], Json("cancelled"));
    QCOMPARE(server.client().Delete("/v1/jobs/" + running)->status, 200);
    QCOMPARE(names(stream.get()), (Names{"queued", "started", "cancelled"}));
    QCOMPARE(server.get("/v1/jobs/" + running)["state"], Json("cancelled"));
    QCOMPARE(server.client().Delete("/v1/jobs/" + running)->status, 200); // forgets it
    QCOMPARE(server.status("/v1/jobs/" + running), 404);
    QCOMPARE(server.client().Delete("/v1/jobs/" + running)->status, 404);
}

void TestHttpServer::mistakesAreNamed()
{
    const JobServer server;
    const auto says = [&](const Json& job, const char* place) {
        const auto answer = server.post(job);
        return answer->status == 400 && message(answer).find(place) != std::string::npos;
    };
    QVERIFY(says(jobJson({{"mask_image", "%%"}}), "mask_image"));
    QVERIFY(says(jobJson({{"promt", "x"}}), "promt"));
    QVERIFY(says(jobJson({{"steps", 0}}), "steps"));
    QVERIFY(says(jobJson({{"model", "nosuchmodel"}}), "nosuchmodel"));
    QVERIFY(says(jobJson({{"output_path", "/tmp/x.png"}}), "output_path"));
    QVERIFY(says(jobJson({{"model", "../starter"}}), "model"));
    QVERIFY(says(Json::array({jobJson()}), "object"));
    const auto broken = server.client().Post("/v1/jobs", "{\"a\":", "application/json");
    QCOMPARE(broken->status, 400);
    QCOMPARE(Json::parse(broken->body)["error"]["code"], Json("bad_input"));
    QCOMPARE(server.get("/v1/jobs")["jobs"].size(), std::size_t{0});
}

void TestHttpServer::tooMuchIsRefused()
{
    ServerOptions options;
    options.limits.queuedJobs = 1;
    options.limits.bodyBytes = 20000;
    options.limits.pixels = 1000;
    const JobServer server(quickScript(5s), options);
    const auto body = [&](std::size_t bytes) {
        return server.client().Post("/v1/jobs", std::string(bytes, ' '), "application/json")->status;
    };
    QCOMPARE(body(20000), 400); // not too large, only no job
    QCOMPARE(body(20001), 413);
    QCOMPARE(body(60000), 413);
    const auto pixels = server.post(jobJson(Json::object(), {40, 30}));
    QCOMPARE(pixels->status, 400);
    QVERIFY(message(pixels).find("pixels") != std::string::npos);
    server.posted(jobJson());
    QTRY_COMPARE(server.get("/v1/health")["running"], Json(1));
    server.posted(jobJson());
    const auto full = server.post(jobJson());
    QCOMPARE(full->status, 429);
    QVERIFY(full->has_header("Retry-After"));
    const Json list = server.get("/v1/jobs");
    for (const Json& job : list["jobs"])
        server.client().Delete("/v1/jobs/" + job["job_id"].get<std::string>());
}

void TestHttpServer::streamLimit()
{
    ServerOptions options;
    options.limits.streams = 2;
    const JobServer server(quickScript(5s), options);
    const std::string id = server.posted(jobJson());
    std::vector<std::future<std::vector<StreamedEvent>>> streams;
    for (int i = 0; i < 2; ++i)
        streams.push_back(std::async(std::launch::async, [&] { return server.events(id); }));
    const auto metric = [&] { return server.client().Get("/metrics")->body.find("pentimento_streams 2\n") != std::string::npos; };
    QTRY_VERIFY(metric());
    QCOMPARE(server.status("/v1/jobs/" + id + "/events"), 503);
    server.client().Delete("/v1/jobs/" + id);
    for (auto& stream : streams)
        QCOMPARE(stream.get().back().name, std::string("cancelled"));
    QTRY_VERIFY(server.client().Get("/metrics")->body.find("pentimento_streams 0\n") != std::string::npos);
}

void TestHttpServer::streamsLeaveRoomForOthers()
{
    const JobServer server(quickScript(5s));
    const std::string id = server.posted(jobJson());
    std::vector<std::future<std::vector<StreamedEvent>>> streams;
    for (int i = 0; i < 40; ++i)
        streams.push_back(std::async(std::launch::async, [&] { return server.events(id); }));
    QTRY_VERIFY(server.client().Get("/metrics")->body.find("pentimento_streams 40\n") != std::string::npos);
    QCOMPARE(server.status("/v1/health"), 200);
    server.client().Delete("/v1/jobs/" + id);
    for (auto& stream : streams)
        QCOMPARE(stream.get().back().name, std::string("cancelled"));
}

void TestHttpServer::previewsOnlyWhenAsked()
{
    const JobServer server(quickScript(10ms));
    const auto previews = [&](const Json& more) {
        int count = 0;
        for (const StreamedEvent& event : server.events(server.posted(jobJson(more))))
            count += event.name == "preview" ? 1 : 0;
        return count;
    };
    QCOMPARE(previews(Json::object()), 0);
    QCOMPARE(previews({{"previews", true}}), 1); // five steps within 0.2 s
}

void TestHttpServer::tokenIsAskedFor()
{
    ServerOptions options;
    options.token = "0123456789abcdef";
    const JobServer server(quickScript(), options);
    QCOMPARE(server.status("/v1/health"), 200);
    for (const char* path : {"/v1/jobs", "/v1/models", "/v1/schema", "/metrics", "/v1/jobs/00", "/nothing"})
        QCOMPARE(server.status(path), 401);
    QCOMPARE(server.post(jobJson())->status, 401);
    QCOMPARE(server.client().Get("/v1/jobs", {{"Authorization", "Bearer 0123456789abcdef"}})->status, 200);
    const auto wrong = server.client().Get("/v1/jobs", {{"Authorization", "Bearer 0123456789abcdee"}});
    QCOMPARE(wrong->status, 401);
    QCOMPARE(wrong->get_header_value("WWW-Authenticate"), std::string("Bearer"));
}

void TestHttpServer::webPagesAreRefused()
{
    ServerOptions options;
    options.corsOrigins = {"https://good.example"};
    const JobServer server(quickScript(), options);
    const auto from = [&](const char* origin) { return server.client().Get("/v1/health", {{"Origin", origin}}); };
    QCOMPARE(from("https://evil.example")->status, 403);
    QVERIFY(!from("https://evil.example")->has_header("Access-Control-Allow-Origin"));
    QCOMPARE(from("https://good.example")->status, 200);
    QCOMPARE(from("https://good.example")->get_header_value("Access-Control-Allow-Origin"), std::string("https://good.example"));
    QCOMPARE(server.client().Get("/v1/health", {{"Host", "rebound.example"}})->status, 403);
    QCOMPARE(server.client().Options("/v1/jobs", {{"Origin", "https://good.example"}})->status, 204);
    QCOMPARE(server.client().Options("/v1/jobs", {{"Origin", "https://evil.example"}})->status, 403);
    QVERIFY(!server.client().Get("/v1/health")->has_header("Access-Control-Allow-Origin"));
}

void TestHttpServer::otherRequests()
{
    const JobServer server;
    for (const char* path : {"/", "/v1", "/v1/jobs/", "/v1/jobs/../../etc/passwd", "/v1/jobs/%2e%2e%2f", "/v1/jobs/zz",
                             "/v1/jobs/00000000000000000000000000000000", "/v1/jobs/0/result/../../..", "/etc/passwd"})
        QVERIFY2(server.status(path) == 404, path);
    QVERIFY(!Json::parse(server.client().Get("/nothing")->body)["error"]["message"].empty());
    QCOMPARE(server.client().Put("/v1/jobs", "{}", "application/json")->status, 405);
    QCOMPARE(server.client().Post("/v1/models", "{}", "application/json")->status, 400);
    QCOMPARE(server.client().Delete("/v1/jobs/00", "body", "text/plain")->status, 400);
    httplib::MultipartFormDataItems form{{"a", "b", "", ""}};
    QCOMPARE(server.client().Post("/v1/jobs", form)->status, 415);
}

void TestHttpServer::schemaIsTheNetworks()
{
    const JobServer server;
    const Json schema = server.get("/v1/schema");
    QVERIFY(JsonSchema::accepts(schema, jobJson()));
    QVERIFY(!JsonSchema::accepts(schema, jobJson({{"output_path", "x.png"}})));
    QVERIFY(!JsonSchema::accepts(schema, {{"init_image_path", "x.png"}}));
}

void TestHttpServer::modelsAndMetrics()
{
    const JobServer server;
    const Json models = server.get("/v1/models")["models"];
    const auto starter = std::find_if(models.begin(), models.end(), [](const Json& m) { return m["name"] == "starter"; });
    QVERIFY(starter != models.end());
    QCOMPARE((*starter)["inpaint_model"], Json(true));
    server.events(server.posted(jobJson({{"model", "starter"}})));
    const std::string text = server.client().Get("/metrics")->body;
    QVERIFY(text.find("pentimento_jobs_ended_total{state=\"done\"} 1\n") != std::string::npos);
    for (const QString& line : QString::fromStdString(text).split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        static const QRegularExpression format(
            QStringLiteral("^(# (HELP|TYPE) pentimento_\\w+ .+|pentimento_\\w+(\\{\\w+=\"\\w+\"\\})? [0-9.e+-]+)$"));
        QVERIFY2(format.match(line).hasMatch(), qPrintable(line));
    }
}

void TestHttpServer::nothingTellsAPath()
{
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder.path() / "broken");
    writeText(folder.path() / "broken" / "model_index.json", "{");
    writeText(folder.path() / "junk.safetensors", "junk");
    qputenv("PENTIMENTO_MODELS", QByteArray::fromStdString(folder.path().string()));
    const JobServer server;
    std::string said;
    for (const char* path : {"/v1/models", "/v1/schema", "/v1/health", "/metrics", "/v1/jobs"})
        said += server.client().Get(path)->body;
    for (const char* model : {"nosuchmodel", "broken", "junk"})
        said += server.post(jobJson({{"model", model}}))->body;
    said += server.post(jobJson({{"lora", "nosuchlora"}}))->body;
    qunsetenv("PENTIMENTO_MODELS");
    QVERIFY(said.find("broken") != std::string::npos && said.find("junk") != std::string::npos);
    for (const std::string& secret :
         {folder.path().string(), std::string(PENTIMENTO_SOURCE_DIR), std::string(PENTIMENTO_BINARY_DIR)})
        QVERIFY2(said.find(secret) == std::string::npos, said.c_str());
}

void TestHttpServer::portInUse()
{
    const JobServer server;
    ServerOptions options;
    options.port = server.port();
    try {
        HttpServer second(options, {});
        QFAIL("two servers share a port");
    } catch (const Exception& e) {
        QVERIFY(e.error().code == ErrorCode::Output);
    }
}

void TestHttpServer::stopTellsTheStreams()
{
    ServerOptions options;
    options.limits.stopTime = std::chrono::seconds(0);
    JobServer server(quickScript(20s), options);
    const std::string running = server.posted(jobJson()), waiting = server.posted(jobJson());
    QTRY_COMPARE(server.get("/v1/health")["running"], Json(1));
    auto first = std::async(std::launch::async, [&] { return server.events(running); });
    auto second = std::async(std::launch::async, [&] { return server.events(waiting); });
    QTRY_VERIFY(server.client().Get("/metrics")->body.find("pentimento_streams 2\n") != std::string::npos);
    QElapsedTimer timer;
    timer.start();
    server.stop();
    QVERIFY(timer.elapsed() < 8000);
    QCOMPARE(names(first.get()), (Names{"queued", "started", "cancelled"}));
    QCOMPARE(names(second.get()), (Names{"queued", "cancelled"}));
    QCOMPARE(server.status("/v1/health"), -1);
}

QTEST_GUILESS_MAIN(TestHttpServer)
#include "tst_http_server.moc"
