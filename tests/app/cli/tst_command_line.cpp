// SPDX-License-Identifier: Apache-2.0
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

/// The program as scripts see it: exit statuses, one error line, no file left behind, same pixels outside the mask.
class TestCommandLine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void editKeepsEverythingOutsideThePasteMask();
    void sameSeedSameBytes();
    void batchMembersAreWhatTheirSeedsGive();
    void jsonProgressIsOneEventPerLine();
    void badInput_data();
    void badInput();
    void damagedModels_data();
    void damagedModels();
    void interruptLeavesNothing();
    void diffTellsInsideFromOutside();
    void tokenizePrintsIds();
    void previewsAreWritten();

private:
    struct Run {
        int status = -1;
        QString out, err;
    };
    Run run(const QStringList& arguments, const QString& folder = {}) const;
    QStringList edit(const QString& output, const QStringList& more = {}) const;
    QString path(const QString& name) const { return m_folder.filePath(name); }
    void write(const QString& name, const QByteArray& bytes) const;

    QTemporaryDir m_folder;
    const QString m_program = QStringLiteral(PENTIMENTO_BINARY_DIR "/bin/pentimento");
    const QString m_starter = QStringLiteral(PENTIMENTO_SOURCE_DIR "/resources/models/starter");
};

TestCommandLine::Run TestCommandLine::run(const QStringList& arguments, const QString& folder) const
{
    QProcess process;
    process.setWorkingDirectory(folder.isEmpty() ? m_folder.path() : folder);
    process.start(m_program, arguments);
    process.waitForFinished(60000);
    return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1, QString::fromUtf8(process.readAllStandardOutput()),
            QString::fromUtf8(process.readAllStandardError())};
}

QStringList TestCommandLine::edit(const QString& output, const QStringList& more) const
{
    return QStringList{QStringLiteral("inpaint"), QStringLiteral("--image"), path(QStringLiteral("picture.png")), QStringLiteral("--mask"),
                       path(QStringLiteral("mask.png")), QStringLiteral("--output"), output, QStringLiteral("--steps"), QStringLiteral("2"),
                       QStringLiteral("--size"), QStringLiteral("128")} + more;
}

void TestCommandLine::write(const QString& name, const QByteArray& bytes) const
{
    QFile file(path(name));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

void TestCommandLine::initTestCase()
{
    QVERIFY(QFile::copy(m_starter + QStringLiteral("/golden_picture.png"), path(QStringLiteral("picture.png"))));
    QVERIFY(QFile::copy(m_starter + QStringLiteral("/golden_mask.png"), path(QStringLiteral("mask.png"))));
    write(QStringLiteral("empty.png"), {});
    write(QStringLiteral("text.png"), "this is no picture\n");
    QFile whole(path(QStringLiteral("picture.png")));
    QVERIFY(whole.open(QIODevice::ReadOnly));
    write(QStringLiteral("cut.png"), whole.read(whole.size() / 2));
    // A PNG header that promises 2,000,000 x 2,000,000 pixels.
    write(QStringLiteral("huge.png"), QByteArray::fromHex("89504e470d0a1a0a0000000d49484452001e8480001e848008020000003ba4d76c0000000049454e44ae426082"));
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("locked")));
}

void TestCommandLine::editKeepsEverythingOutsideThePasteMask()
{
    const Run edited = run(edit(path(QStringLiteral("out.png")), {QStringLiteral("--seed"), QStringLiteral("7"), QStringLiteral("--paste-mask"), path(QStringLiteral("pasted.png"))}));
    QCOMPARE(edited.status, 0);
    QCOMPARE(edited.out, path(QStringLiteral("out.png")) + QStringLiteral(" seed=7\n"));
    const Run diff = run({QStringLiteral("diff"), path(QStringLiteral("picture.png")), path(QStringLiteral("out.png")), QStringLiteral("--mask"), path(QStringLiteral("pasted.png"))});
    QCOMPARE(diff.status, 0);
    const QJsonObject report = QJsonDocument::fromJson(diff.out.toUtf8()).object();
    QVERIFY(report[QLatin1String("inside")][QLatin1String("changed")].toInt() > 100);
    QCOMPARE(run(edit(path(QStringLiteral("out.png")))).status, 6); // exists already
}

void TestCommandLine::sameSeedSameBytes()
{
    const auto bytes = [&](const char* name, const char* seed) {
        const QString file = path(QLatin1String(name));
        [&] { QCOMPARE(run(edit(file, {QStringLiteral("--seed"), QLatin1String(seed)})).status, 0); }();
        QFile result(file);
        return result.open(QIODevice::ReadOnly) ? result.readAll() : QByteArray();
    };
    const QByteArray first = bytes("same1.png", "5"), second = bytes("same2.png", "5"), other = bytes("same3.png", "6");
    QVERIFY(!first.isEmpty());
    QCOMPARE(first, second);
    QVERIFY(first != other);
}

void TestCommandLine::batchMembersAreWhatTheirSeedsGive()
{
    QCOMPARE(run(edit(path(QStringLiteral("batch.png")), {QStringLiteral("--seed"), QStringLiteral("5"), QStringLiteral("--batch"), QStringLiteral("2")})).status, 0);
    QCOMPARE(run(edit(path(QStringLiteral("alone.png")), {QStringLiteral("--seed"), QStringLiteral("6")})).status, 0);
    QFile member(path(QStringLiteral("batch-2.png"))), alone(path(QStringLiteral("alone.png")));
    QVERIFY(member.open(QIODevice::ReadOnly) && alone.open(QIODevice::ReadOnly));
    QCOMPARE(member.readAll(), alone.readAll());
}

void TestCommandLine::jsonProgressIsOneEventPerLine()
{
    const Run edited = run(edit(path(QStringLiteral("json.png")), {QStringLiteral("--progress"), QStringLiteral("json")}));
    QCOMPARE(edited.status, 0);
    QStringList events;
    for (const QString& line : edited.out.split(QLatin1Char('\n'), Qt::SkipEmptyParts))
        events << QJsonDocument::fromJson(line.toUtf8()).object()[QLatin1String("event")].toString();
    QCOMPARE(events, (QStringList{QStringLiteral("started"), QStringLiteral("progress"), QStringLiteral("progress"), QStringLiteral("result")}));
}

void TestCommandLine::badInput_data()
{
    QTest::addColumn<QStringList>("change");
    QTest::addColumn<int>("status");
    const auto row = [&](const char* name, int status, const QStringList& change) { QTest::newRow(name) << change << status; };
    using L = QStringList;
    const auto s = [](const char* text) { return QString::fromLatin1(text); };
    row("missing picture", 3, L{s("--image"), s("nowhere.png")});
    row("empty picture", 3, L{s("--image"), path(s("empty.png"))});
    row("text as picture", 3, L{s("--image"), path(s("text.png"))});
    row("truncated picture", 3, L{s("--image"), path(s("cut.png"))});
    row("folder as picture", 3, L{s("--image"), m_folder.path()});
    row("enormous picture", 3, L{s("--image"), path(s("huge.png"))});
    row("mask of another size", 3, L{s("--mask"), s(PENTIMENTO_SOURCE_DIR "/resources/sample/castle-mask.png")});
    row("missing mask", 3, L{s("--mask"), s("nowhere.png")});
    row("unknown model", 3, L{s("--model"), s("nosuchmodel")});
    row("model path without a model", 3, L{s("--model"), m_folder.path()});
    row("no steps", 2, L{s("--steps"), s("0")});
    row("words for steps", 2, L{s("--steps"), s("many")});
    row("NaN strength", 2, L{s("--strength"), s("nan")});
    row("strength above 1", 2, L{s("--strength"), s("1.5")});
    row("strength that leaves no step", 2, L{s("--strength"), s("0.1")});
    row("infinite guidance", 2, L{s("--guidance"), s("inf")});
    row("negative eta", 2, L{s("--eta"), s("-1")});
    row("no pictures", 2, L{s("--batch"), s("0")});
    row("odd size", 2, L{s("--size"), s("12x")});
    row("crop outside", 2, L{s("--crop"), s("5000,0,10,10")});
    row("negative seed", 2, L{s("--seed"), s("-5")});
    row("quality 0", 2, L{s("--quality"), s("0")});
    row("unknown option", 2, L{s("--colour"), s("red")});
    row("unknown mode", 2, L{s("--mode"), s("improve")});
    row("expand", 4, L{s("--mode"), s("expand")});
    row("lora", 4, L{s("--lora"), s("x.safetensors")});
    row("cuda", 4, L{s("--device"), s("cuda")});
    row("float16", 4, L{s("--dtype"), s("float16")});
    row("another scheduler", 4, L{s("--scheduler"), s("euler")});
    row("patchmatch", 4, L{s("--prefill"), s("patchmatch")});
    row("missing target folder", 6, L{s("--output"), path(s("no/such/out.png"))});
    row("target is a folder", 6, L{s("--output"), path(s("locked")) + s("/../locked.png/x.png")});
    row("unknown target format", 2, L{s("--output"), path(s("out.tiff"))});
}

void TestCommandLine::badInput()
{
    QFETCH(QStringList, change);
    QFETCH(int, status);
    const QString output = path(QStringLiteral("bad.png"));
    QStringList arguments = edit(output);
    const qsizetype at = arguments.indexOf(change[0]);
    if (at >= 0)
        arguments.replace(at + 1, change[1]);
    else
        arguments << change;
    const QStringList before = QDir(m_folder.path()).entryList();
    const Run result = run(arguments);
    QCOMPARE(result.status, status);
    QCOMPARE(result.err.count(QLatin1String("error:")), 1);
    QVERIFY2(result.err.startsWith(QLatin1String("pentimento: error: ")), qPrintable(result.err));
    QCOMPARE(result.err.count(QLatin1Char('\n')), 1);
    QVERIFY(result.out.isEmpty());
    QCOMPARE(QDir(m_folder.path()).entryList(), before);
}

void TestCommandLine::damagedModels_data()
{
    QTest::addColumn<QString>("file");
    QTest::addColumn<QByteArray>("content"); // null: cut to half
    QTest::newRow("truncated weights") << "unet/diffusion_pytorch_model.safetensors" << QByteArray();
    QTest::newRow("empty weights") << "vae/diffusion_pytorch_model.safetensors" << QByteArray("");
    QTest::newRow("hostile header length") << "vae/diffusion_pytorch_model.safetensors" << QByteArray::fromHex("ffffffffffffff7f7b7d");
    QTest::newRow("no tensors") << "text_encoder/model.safetensors" << QByteArray::fromHex("02000000000000007b7d");
    QTest::newRow("config is no JSON") << "unet/config.json" << QByteArray("{");
    QTest::newRow("config of another model") << "unet/config.json" << QByteArray("{\"block_out_channels\":[32,64],\"in_channels\":9,"
        "\"down_block_types\":[\"DownBlock2D\",\"DownBlock2D\"],\"up_block_types\":[\"UpBlock2D\",\"UpBlock2D\"],\"cross_attention_dim\":192}");
    QTest::newRow("impossible numbers") << "unet/config.json" << QByteArray("{\"block_out_channels\":[-5]}");
    QTest::newRow("scheduler with impossible betas") << "scheduler/scheduler_config.json" << QByteArray("{\"beta_start\":7}");
    QTest::newRow("vocabulary is a list") << "tokenizer/vocab.json" << QByteArray("[1,2]");
    QTest::newRow("no merges") << "tokenizer/merges.txt" << QByteArray("\xff\xfe\x00 nonsense", 12);
}

void TestCommandLine::damagedModels()
{
    QFETCH(QString, file);
    QFETCH(QByteArray, content);
    QTemporaryDir copy;
    QProcess::execute(QStringLiteral("cp"), {QStringLiteral("-rL"), m_starter, copy.filePath(QStringLiteral("model"))});
    QFile damaged(copy.filePath(QStringLiteral("model/") + file));
    QVERIFY(damaged.open(QIODevice::ReadWrite));
    if (content.isNull()) {
        damaged.resize(damaged.size() / 2);
    } else {
        damaged.resize(0);
        damaged.write(content);
    }
    damaged.close();
    const Run result = run(edit(path(QStringLiteral("damaged.png")), {QStringLiteral("--model"), copy.filePath(QStringLiteral("model"))}));
    QVERIFY2(result.status == 3, qPrintable(result.err));
    QCOMPARE(result.err.count(QLatin1String("error:")), 1);
    QVERIFY2(result.err.contains(file.section(QLatin1Char('/'), 0, 0)), qPrintable(result.err));
    QVERIFY(!QFile::exists(path(QStringLiteral("damaged.png"))));
}

void TestCommandLine::interruptLeavesNothing()
{
    QProcess process;
    process.start(m_program, QStringList{QStringLiteral("inpaint"), QStringLiteral("--image"), path(QStringLiteral("picture.png")), QStringLiteral("--mask"), path(QStringLiteral("mask.png")),
                              QStringLiteral("--output"), path(QStringLiteral("late.png")), QStringLiteral("--steps"), QStringLiteral("900"), QStringLiteral("--progress"), QStringLiteral("json")});
    QVERIFY(process.waitForReadyRead(30000));
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(5000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(QDir(m_folder.path()).entryList({QStringLiteral("late*")}).isEmpty());
}

void TestCommandLine::diffTellsInsideFromOutside()
{
    const QString picture = path(QStringLiteral("picture.png"));
    const QString painted = m_starter + QStringLiteral("/golden_fill.png");
    QCOMPARE(run({QStringLiteral("diff"), picture, picture}).status, 0);
    QCOMPARE(run({QStringLiteral("diff"), picture, painted}).status, 1);
    QCOMPARE(run({QStringLiteral("diff"), picture, path(QStringLiteral("text.png"))}).status, 3);
}

void TestCommandLine::tokenizePrintsIds()
{
    const Run result = run({QStringLiteral("tokenize"), QStringLiteral("--model"), QStringLiteral("starter"), QStringLiteral("a red apple")});
    QCOMPARE(result.status, 0);
    const QJsonArray ids = QJsonDocument::fromJson(result.out.toUtf8()).array();
    QCOMPARE(ids.first().toInt(), 2046);
    QCOMPARE(ids.last().toInt(), 2047);
    QVERIFY(ids.size() > 4);
}

void TestCommandLine::previewsAreWritten()
{
    QVERIFY(QDir(m_folder.path()).mkdir(QStringLiteral("previews")));
    const Run result = run(edit(path(QStringLiteral("previewed.png")), {QStringLiteral("--preview-dir"), path(QStringLiteral("previews"))}));
    QCOMPARE(result.status, 0);
    QCOMPARE(QDir(path(QStringLiteral("previews"))).entryList({QStringLiteral("*.png")}).size(), 1);
}

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"
