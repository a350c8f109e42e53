// SPDX-License-Identifier: Apache-2.0
// `run` and `serve` of the real program with the real engine, and the documentation's examples as they are written.
#include "tests/app/cli/serve_process.h"

#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRegularExpression>
#include <QStandardPaths>

#include <httplib.h>

class TestJobs : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void inpaintRunAndServeGiveTheSameBytes();
    void aProgramAtTheOtherEndOfThePipe();
    void eventsAndProgressShareATerminal();
    void sharesSideBySide();
    void exitStatusTells();
    void interruptAndResume();
    void lostClientsAndServers();
    void stopsGracefully();
    void examplesRunAsWritten_data();
    void examplesRunAsWritten();

private:
    QStringList events(const QString& out) const;
    QString base64(const QString& name) const { return QString::fromLatin1(m_program.read(name).toBase64()); }
    QJsonObject job(int steps = 2) const
    {
        return {{QStringLiteral("init_image"), base64(QStringLiteral("picture.png"))},
                {QStringLiteral("mask_image"), base64(QStringLiteral("mask.png"))},
                {QStringLiteral("size"), 128},
                {QStringLiteral("seed"), 5},
                {QStringLiteral("steps"), steps}};
    }
    static std::string text(const QJsonObject& object)
    {
        return QJsonDocument(object).toJson(QJsonDocument::Compact).toStdString();
    }
    static QJsonObject parsed(const std::string& json)
    {
        return QJsonDocument::fromJson(QByteArray::fromStdString(json)).object();
    }
    static std::string posted(httplib::Client& client, const QJsonObject& job)
    {
        const auto answer = client.Post("/v1/jobs", text(job), "application/json");
        return answer ? parsed(answer->body)[QLatin1String("job_id")].toString().toStdString() : std::string();
    }
    /// Folders of `count` pictures and masks.
    void makeFolders(int count) const;

    Program m_program;
};

QStringList TestJobs::events(const QString& out) const
{
    QStringList names;
    for (const QString& line : out.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
        names << QJsonDocument::fromJson(line.toUtf8()).object()[QLatin1String("event")].toString();
    return names;
}

void TestJobs::makeFolders(int count) const
{
    const QDir root(m_program.folder());
    for (const char* folder : {"images", "masks", "out"}) {
        QDir(root.filePath(QLatin1String(folder))).removeRecursively();
        QVERIFY(root.mkdir(QLatin1String(folder)));
    }
    for (int i = 0; i < count; ++i) {
        const QString name = QStringLiteral("/p%1.png").arg(i);
        QVERIFY(QFile::copy(root.filePath(QStringLiteral("picture.png")), root.filePath(QStringLiteral("images")) + name));
        QVERIFY(QFile::copy(root.filePath(QStringLiteral("mask.png")), root.filePath(QStringLiteral("masks")) + name));
    }
}

void TestJobs::initTestCase()
{
    QVERIFY(m_program.preparePictures());
}

void TestJobs::inpaintRunAndServeGiveTheSameBytes()
{
    const Program::Run inpaint =
        m_program.run(QStringLiteral("inpaint --image picture.png --mask mask.png --output inpaint.png --size 128 "
                                     "--seed 5 --steps 2 --guidance 7.5")
                          .split(QLatin1Char(' ')));
    QVERIFY2(inpaint.status == 0, qPrintable(inpaint.err));
    QJsonObject file = job();
    file[QLatin1String("output_path")] = QStringLiteral("run.png");
    m_program.write(QStringLiteral("job.json"), QJsonDocument(file).toJson());
    const Program::Run run = m_program.run({QStringLiteral("run"), QStringLiteral("job.json")});
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QCOMPARE(events(run.out), (QStringList{QStringLiteral("queued"), QStringLiteral("started"), QStringLiteral("progress"),
                                           QStringLiteral("progress"), QStringLiteral("result")}));

    const ServeProcess server(m_program);
    httplib::Client client("127.0.0.1", server.port());
    client.set_read_timeout(60);
    const std::string id = posted(client, job());
    QVERIFY(client.Get("/v1/jobs/" + id + "/events")->body.find("event: result\n") != std::string::npos);
    const std::string served = client.Get("/v1/jobs/" + id + "/result")->body;

    const QByteArray bytes = m_program.read(QStringLiteral("inpaint.png"));
    QVERIFY(bytes.size() > 1000 && bytes != m_program.read(QStringLiteral("picture.png")));
    QCOMPARE(m_program.read(QStringLiteral("run.png")), bytes);
    QCOMPARE(QByteArray::fromStdString(served), bytes);
}

void TestJobs::aProgramAtTheOtherEndOfThePipe()
{
    QProcess process;
    process.setWorkingDirectory(m_program.folder());
    process.start(Program::executable(),
                  {QStringLiteral("run"), QStringLiteral("-"), QStringLiteral("--result"), QStringLiteral("base64")});
    for (int i = 0; i < 2; ++i) { // the second job is written when the result of the first is there
        process.write(QByteArray::fromStdString(text(job())) + "\n");
        QJsonObject event;
        while (event[QLatin1String("event")] != QLatin1String("result")) {
            if (!process.canReadLine())
                QVERIFY(process.waitForReadyRead(60000));
            if (process.canReadLine())
                event = QJsonDocument::fromJson(process.readLine()).object();
            QVERIFY(event[QLatin1String("event")] != QLatin1String("error"));
        }
        const QByteArray image = QByteArray::fromBase64(event[QLatin1String("images")][0].toString().toLatin1());
        QCOMPARE(QImage::fromData(image).size(), QImage(m_program.path(QStringLiteral("picture.png"))).size());
    }
    process.closeWriteChannel();
    QVERIFY(process.waitForFinished(10000));
    QCOMPARE(process.exitCode(), 0);
}

void TestJobs::eventsAndProgressShareATerminal()
{
    QJsonObject file = job();
    file[QLatin1String("output_path")] = QStringLiteral("shared.png");
    m_program.write(QStringLiteral("shared.json"), QJsonDocument(file).toJson());
    QProcess process;
    process.setWorkingDirectory(m_program.folder());
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(Program::executable(), QStringLiteral("run shared.json --progress bar").split(QLatin1Char(' ')));
    QVERIFY(process.waitForFinished(60000));
    const QString screen = QString::fromUtf8(process.readAll());
    QVERIFY2(screen.contains(QStringLiteral("step 1 of 2")), qPrintable(screen));
    const QString line = QStringLiteral("{\"event\"");
    int events = 0;
    for (qsizetype at = screen.indexOf(line); at >= 0; at = screen.indexOf(line, at + 1), ++events) {
        const QString before = screen.left(at); // begins its line, or wipes what stood there
        QVERIFY2(before.isEmpty() || before.endsWith(QLatin1Char('\n')) || before.endsWith(QStringLiteral("\r\x1b[K")),
                 qPrintable(screen));
    }
    QCOMPARE(events, 5);
}

void TestJobs::sharesSideBySide()
{
    makeFolders(4);
    std::vector<std::unique_ptr<QProcess>> shares;
    for (int i = 0; i < 3; ++i) {
        shares.push_back(std::make_unique<QProcess>());
        shares.back()->setWorkingDirectory(m_program.folder());
        shares.back()->start(
            Program::executable(),
            QStringLiteral("run --images images --masks masks --output-dir out --size 128 --steps 2 --guidance 1 --shard %1/3")
                .arg(i)
                .split(QLatin1Char(' ')));
    }
    int results = 0;
    for (const auto& share : shares) {
        QVERIFY(share->waitForFinished(120000));
        QCOMPARE(share->exitCode(), 0);
        results += static_cast<int>(events(QString::fromUtf8(share->readAllStandardOutput())).count(QStringLiteral("result")));
    }
    QCOMPARE(results, 4);
    QCOMPARE(
        QDir(m_program.path(QStringLiteral("out"))).entryList(QDir::Files),
        (QStringList{QStringLiteral("p0.png"), QStringLiteral("p1.png"), QStringLiteral("p2.png"), QStringLiteral("p3.png")}));
}

void TestJobs::exitStatusTells()
{
    const auto status = [&](const QByteArray& jobs) {
        m_program.write(QStringLiteral("bad.json"), jobs);
        const Program::Run run = m_program.run({QStringLiteral("run"), QStringLiteral("bad.json")});
        [&] { QCOMPARE(run.err.count(QStringLiteral("error:")), 1); }();
        return run.status;
    };
    QCOMPARE(status("{\"steps\": 0, \"output_path\": \"x.png\"}"), 3);
    QCOMPARE(status("[{\"steps\": 0, \"output_path\": \"x.png\"}]"), 7);
    QCOMPARE(status("{\"output_path\": \"no/such/x.png\"}"), 6);
    QCOMPARE(status("{broken"), 3);
    QCOMPARE(status("{\"mode\": \"expand\", \"output_path\": \"x.png\"}"), 4);
}

void TestJobs::interruptAndResume()
{
    makeFolders(2);
    const QStringList command =
        QStringLiteral("run --images images --masks masks --output-dir out --size 128 --guidance 1").split(QLatin1Char(' '));
    QVERIFY(
        QFile::copy(m_program.path(QStringLiteral("picture.png")), m_program.path(QStringLiteral("out/p0.png")))); // done before
    QProcess process;
    process.setWorkingDirectory(m_program.folder());
    process.start(Program::executable(), command + QStringList{QStringLiteral("--steps"), QStringLiteral("900")});
    QByteArray out;
    while (!out.contains("\"progress\"") && process.waitForReadyRead(60000))
        out += process.readAllStandardOutput();
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(5000));
    QCOMPARE(process.exitCode(), 130);
    QCOMPARE(QDir(m_program.path(QStringLiteral("out"))).entryList(QDir::Files), QStringList{QStringLiteral("p0.png")});
    const Program::Run again = m_program.run(command + QStringList{QStringLiteral("--steps"), QStringLiteral("2")});
    QCOMPARE(again.status, 0);
    QCOMPARE(events(again.out).count(QStringLiteral("skipped")), 1);
    QCOMPARE(events(again.out).count(QStringLiteral("result")), 1);
}

void TestJobs::lostClientsAndServers()
{
    const QStringList before = m_program.contents();
    ServeProcess server(m_program);
    httplib::Client client("127.0.0.1", server.port());
    client.set_read_timeout(60);
    const std::string id = posted(client, job(60));
    {
        httplib::Client lost("127.0.0.1", server.port());
        int bytes = 0;
        lost.Get("/v1/jobs/" + id + "/events", [&](const char*, std::size_t length) {
            bytes += static_cast<int>(length);
            return bytes < 400; // then it hangs up
        });
    }
    const std::string next = posted(client, job());
    QVERIFY(client.Delete("/v1/jobs/" + id)->status == 200);
    QVERIFY(client.Get("/v1/jobs/" + next + "/events")->body.find("event: result\n") != std::string::npos);
    posted(client, job(900));
    server.signal(SIGKILL);
    server.ended(5000);
    QCOMPARE(m_program.contents(), before); // the server writes nothing, so nothing is left
}

void TestJobs::stopsGracefully()
{
    ServeProcess server(m_program, {QStringLiteral("--stop-seconds"), QStringLiteral("300")});
    httplib::Client client("127.0.0.1", server.port());
    client.set_read_timeout(60);
    const std::string running = posted(client, job(10)), waiting = posted(client, job(10));
    std::string stream;
    bool asked = false;
    client.Get("/v1/jobs/" + running + "/events", [&](const char* data, std::size_t length) {
        stream.append(data, length);
        if (!asked && stream.find("event: progress\n") != std::string::npos) {
            asked = true;
            server.signal(SIGTERM);
        }
        return true;
    });
    QVERIFY(stream.find("event: result\n") != std::string::npos); // it was given the time to finish
    QCOMPARE(server.ended(20000), 0);

    ServeProcess hasty(m_program, {QStringLiteral("--stop-seconds"), QStringLiteral("0")});
    httplib::Client other("127.0.0.1", hasty.port());
    posted(other, job(900));
    hasty.signal(SIGTERM);
    QCOMPARE(hasty.ended(20000), 0);
}

void TestJobs::examplesRunAsWritten_data()
{
    QTest::addColumn<QString>("language");
    QTest::addColumn<QStringList>("interpreter");
    QTest::newRow("curl") << QStringLiteral("sh") << QStringList{QStringLiteral("sh"), QStringLiteral("-eu")};
    QTest::newRow("JavaScript") << QStringLiteral("js")
                                << QStringList{QStringLiteral("node"), QStringLiteral("--experimental-eventsource")};
    QTest::newRow("Python") << QStringLiteral("python") << QStringList{QStringLiteral("python3")};
}

void TestJobs::examplesRunAsWritten()
{
    QFETCH(QString, language);
    QFETCH(QStringList, interpreter);
    const QString program = QStandardPaths::findExecutable(interpreter.takeFirst());
    if (program.isEmpty())
        QSKIP("its interpreter is not installed");
    if (language == QLatin1String("js") &&
        m_program
                .start(program,
                       interpreter + QStringList{QStringLiteral("-e"), QStringLiteral("new EventSource('http://x').close()")})
                .status != 0)
        QSKIP("this node has no EventSource: 20.18 and 22.3 are the first that do");
    QFile page(QStringLiteral(PENTIMENTO_SOURCE_DIR "/resources/docs/jobs.md"));
    QVERIFY(page.open(QIODevice::ReadOnly));
    const QRegularExpression block(QStringLiteral("```%1\n(.*?)```").arg(language),
                                   QRegularExpression::DotMatchesEverythingOption);
    const QString example = block.match(QString::fromUtf8(page.readAll())).captured(1);
    QVERIFY(example.size() > 100);

    const Program folder;
    QVERIFY(folder.preparePictures());
    QVERIFY(QFile::rename(folder.path(QStringLiteral("picture.png")), folder.path(QStringLiteral("photo.png"))));
    const QString file = QStringLiteral("example.") + (language == QLatin1String("js") ? QStringLiteral("mjs") : language);
    folder.write(file, example.toUtf8());
    const ServeProcess server(folder);
    qputenv("SERVER", server.url().toUtf8());
    const Program::Run run = folder.start(program, interpreter + QStringList{file});
    qunsetenv("SERVER");
    QVERIFY2(run.status == 0, qPrintable(run.out + run.err));
    QVERIFY2(run.out.contains(QStringLiteral("step")) || run.out.contains(QStringLiteral("progress")), qPrintable(run.out));
    const QImage result(folder.path(QStringLiteral("result.png"))), photo(folder.path(QStringLiteral("photo.png")));
    QCOMPARE(result.size(), photo.size());
    QVERIFY(result.convertToFormat(QImage::Format_RGB32) != photo.convertToFormat(QImage::Format_RGB32));
}

QTEST_GUILESS_MAIN(TestJobs)
#include "tst_jobs.moc"
