// SPDX-License-Identifier: Apache-2.0
// Many clients at once, and clients that send anything but requests.
#include "tests/support/job_server.h"

#include <QTcpSocket>
#include <QtTest>

#include <future>
#include <mutex>

using namespace pentimento;
using namespace std::chrono_literals;

namespace {

/// Notes in which order jobs run.
class NotingEngine final : public Engine {
public:
    NotingEngine(std::vector<std::uint64_t>& seeds, std::mutex& mutex)
        : m_engine(quickScript(1ms)), m_seeds(seeds), m_mutex(mutex)
    {
    }
    Outcome run(const Request& request, EventSink& sink, const CancelToken& cancel) noexcept override
    {
        {
            const std::lock_guard lock(m_mutex);
            m_seeds.push_back(request.seed);
        }
        return m_engine.run(request, sink, cancel);
    }
    std::variant<std::monostate, Error, Cancelled> preload(const Request& request, const CancelToken& cancel) noexcept override
    {
        return m_engine.preload(request, cancel);
    }
    std::variant<ModelCheck, Error, Cancelled> verify(const std::filesystem::path& model, const WorkReport& report,
                                                      const CancelToken& cancel) noexcept override
    {
        return m_engine.verify(model, report, cancel);
    }
    EngineInfo info() noexcept override { return m_engine.info(); }
    Expected<std::vector<BenchRow>> bench(const BenchRequest& request, const CancelToken& cancel) noexcept override
    {
        return m_engine.bench(request, cancel);
    }

private:
    FakeEngine m_engine;
    std::vector<std::uint64_t>& m_seeds;
    std::mutex& m_mutex;
};

enum class Then { Read, HangUp, HalfClose };

/// Sends bytes as they are; the status of the answer, 0 when the server only closed the connection, -1 when it did
/// neither within ten seconds.
int rawStatus(int port, const QByteArray& bytes, Then then = Then::Read, std::chrono::milliseconds pause = 0ms)
{
    QTcpSocket socket;
    socket.connectToHost(QStringLiteral("127.0.0.1"), static_cast<quint16>(port));
    if (!socket.waitForConnected(5000))
        return -1;
    if (pause == 0ms) {
        socket.write(bytes);
    } else {
        for (const char byte : bytes) {
            if (socket.state() != QAbstractSocket::ConnectedState)
                break; // the server has had enough
            socket.write(&byte, 1);
            if (socket.bytesToWrite() > 0)
                socket.waitForBytesWritten(1000);
            socket.waitForReadyRead(static_cast<int>(pause.count()));
        }
    }
    if (socket.bytesToWrite() > 0 && socket.state() == QAbstractSocket::ConnectedState)
        socket.waitForBytesWritten(5000);
    if (then == Then::HangUp) {
        socket.abort();
        return 0;
    }
    QByteArray answer;
    if (then == Then::HalfClose)
        ::shutdown(static_cast<int>(socket.socketDescriptor()), SHUT_WR);
    while (socket.waitForReadyRead(10000))
        answer += socket.readAll();
    answer += socket.readAll();
    if (socket.state() == QAbstractSocket::ConnectedState)
        return -1;
    return answer.startsWith("HTTP/1.1 ") ? answer.mid(9, 3).toInt() : 0;
}

QByteArray post(const QByteArray& body, const QByteArray& headers = {}, qint64 length = -1)
{
    return "POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\n" + headers +
           "Content-Length: " + QByteArray::number(length < 0 ? body.size() : length) + "\r\n\r\n" + body;
}

QByteArray get(const QByteArray& path)
{
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
}

} // namespace

class TestServerLoad : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void fiftyClientsAtOnce();
    void brokenRequests();
    void slowRequestsEnd();

private:
    static void requireHealthy(const JobServer& server);
};

void TestServerLoad::requireHealthy(const JobServer& server)
{
    QTRY_VERIFY(server.client().Get("/metrics")->body.find("pentimento_streams 0\n") != std::string::npos);
    QVERIFY(server.client().Get("/metrics")->body.find("pentimento_upload_bytes 0\n") != std::string::npos);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(server.events(server.posted(jobJson())).back().name, std::string("result"));
    QVERIFY(timer.elapsed() < 3000);
}

void TestServerLoad::fiftyClientsAtOnce()
{
    constexpr int clients = 50;
    std::vector<std::uint64_t> seeds;
    std::mutex mutex;
    ServerOptions options;
    options.port = 0;
    HttpServer server(options,
                      [&]() -> Expected<std::unique_ptr<Engine>> { return std::make_unique<NotingEngine>(seeds, mutex); });
    const auto client = [&] {
        httplib::Client made("127.0.0.1", server.port());
        made.set_read_timeout(60);
        return made;
    };
    struct Seen {
        std::string id;
        std::vector<StreamedEvent> events;
    };
    std::vector<std::future<Seen>> running;
    for (int i = 0; i < clients; ++i) {
        running.push_back(std::async(std::launch::async, [&, i] {
            const auto answer = client().Post("/v1/jobs", jobJson({{"seed", i}}).dump(), "application/json");
            Seen seen;
            if (!answer || answer->status != 202)
                qWarning("%s", answer ? answer->body.c_str() : httplib::to_string(answer.error()).c_str());
            seen.id = answer && answer->status == 202 ? Json::parse(answer->body)["job_id"].get<std::string>() : std::string();
            if (const auto stream = client().Get("/v1/jobs/" + seen.id + "/events"))
                seen.events = streamedEvents(stream->body);
            return seen;
        }));
    }
    std::map<std::string, std::uint64_t> seedOf;
    for (int i = 0; i < clients; ++i) {
        const Seen seen = running[static_cast<std::size_t>(i)].get();
        QVERIFY(!seen.id.empty());
        seedOf[seen.id] = static_cast<std::uint64_t>(i);
        QCOMPARE(seen.events.size(), std::size_t{8}); // queued, started, five steps, result
        for (std::size_t k = 0; k < seen.events.size(); ++k) {
            QCOMPARE(seen.events[k].id, k + 1);
            QCOMPARE(seen.events[k].data["job_id"], Json(seen.id));
        }
        QCOMPARE(seen.events.back().data["seed"], Json(i));
    }
    std::vector<std::uint64_t> came;
    const Json list = Json::parse(client().Get("/v1/jobs")->body);
    for (const Json& job : list["jobs"])
        came.push_back(seedOf.at(job["job_id"]));
    QCOMPARE(came.size(), std::size_t{clients});
    const std::lock_guard lock(mutex);
    QCOMPARE(seeds, came);
}

void TestServerLoad::brokenRequests()
{
    ServerOptions options;
    options.limits.bodyBytes = 50000;
    options.limits.requestTime = std::chrono::seconds(1);
    const JobServer server(quickScript(), options);
    const QByteArray good = QByteArray::fromStdString(jobJson().dump());
    struct Broken {
        QByteArray bytes;
        std::vector<int> statuses; ///< 0: closed without an answer
        Then then = Then::Read;
    };
    const std::vector<Broken> kinds{
        {post("{\"init_image\": "), {400}},
        {post("\xff\xfe\x00", {}), {400}},
        {post(""), {400}},
        {post("[" + QByteArray(40000, '[')), {400}},
        {post("{\"init_image\": \"%%%\", \"mask_image\": \"AAAA\"}"), {400}},
        {post("{\"init_image\": \"data:image/png;base64,AAAA\"}"), {400}},
        {post("{\"model\": \"../../etc/passwd\"}"), {400}},
        {post("{\"init_image_path\": \"/etc/passwd\"}"), {400}},
        {post("{\"steps\": 1e400}"), {400}},
        {post(QByteArray(60000, ' ')), {413}},
        {post("{}", {}, 1LL << 40), {413}},
        {post("{}", {}, 49000), {0, 400}, Then::HalfClose},     // less than announced
        {post(good, {}, 49000), {0}, Then::HangUp},             // and gone
        {post(good, "Content-Length: 3\r\n"), {400, 202, 0}},   // two lengths
        {post(good, "Content-Encoding: gzip\r\n"), {400, 415}}, // not compressed at all
        {post(good, "Transfer-Encoding: chunked\r\n"), {400, 0}, Then::HalfClose},
        {"POST /v1/jobs HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nabc",
         {400, 413, 403, 0},
         Then::HalfClose},
        {"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n{}", {400, 413, 0}, Then::HalfClose},
        {"POST /v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: "
         "2\r\n\r\n{}",
         {415}},
        {get("/v1/jobs/../../../../etc/passwd"), {404}},
        {get("/v1/jobs/%2e%2e/%2e%2e/etc/passwd"), {404, 400}},
        {get("//etc/passwd"), {404}},
        {get("/v1/jobs/" + QByteArray(7000, 'a')), {404}},
        {get("/" + QByteArray(9000, 'a')), {414, 400, 0}},
        {"GET /v1/health HTTP/1.1\r\nHost: localhost\r\nX: " + QByteArray(20000, 'x') + "\r\n\r\n", {400, 431, 0, 200}},
        {"GET /v1/health HTTP/9.9\r\n\r\n", {400, 505, 0}},
        {"\r\n\r\n\r\n", {400, 0}},
        {QByteArray(3000, '\0'), {400, 0}, Then::HalfClose},
        {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", {400, 0}, Then::HalfClose}, // TLS
        {"GET", {400, 0}, Then::HalfClose},
        {"", {0}, Then::HalfClose},
        {"GET /v1/health HTTP/1.1\r\nHost: localhost\r\n", {0}, Then::HangUp},
    };
    int requests = 0;
    while (requests < 1000) {
        for (const Broken& kind : kinds) {
            const int status = rawStatus(server.port(), kind.bytes, kind.then);
            QVERIFY2(std::find(kind.statuses.begin(), kind.statuses.end(), status) != kind.statuses.end(),
                     (QByteArray::number(status) + " for " + kind.bytes.left(120)).constData());
            // The same from somebody who does not wait: httplib sees a closed half and says nothing.
            QVERIFY2(rawStatus(server.port(), kind.bytes, Then::HalfClose) >= 0, kind.bytes.left(120).constData());
            requests += 2;
        }
    }
    requireHealthy(server);
}

void TestServerLoad::slowRequestsEnd()
{
    ServerOptions options;
    options.limits.requestTime = std::chrono::seconds(1);
    const JobServer server(quickScript(), options);
    std::vector<std::future<int>> slow;
    for (int i = 0; i < 20; ++i) // more than the threads that httplib would have
        slow.push_back(std::async(std::launch::async, [&] {
            return rawStatus(server.port(), post(QByteArray(200, ' '), {}, 100000), Then::Read, 10ms);
        }));
    std::this_thread::sleep_for(300ms);
    requireHealthy(server); // others do not wait for them
    for (auto& request : slow) {
        const int status = request.get();
        QVERIFY2(status == 408 || status == 400 || status == 0, std::to_string(status).c_str());
    }
    requireHealthy(server);
}

QTEST_GUILESS_MAIN(TestServerLoad)
#include "tst_server_load.moc"
