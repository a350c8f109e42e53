// SPDX-License-Identifier: Apache-2.0
#include "tests/app/cli/program.h"

#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <csignal>

namespace {

void copyFolder(const QString& from, const QString& to)
{
    QDirIterator files(from, QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString file = files.next(), target = to + file.mid(from.size());
        QDir().mkpath(QFileInfo(target).path());
        QFile::copy(file, target);
        QFile::setPermissions(target, QFile::permissions(target) | QFile::WriteOwner);
    }
}

} // namespace

/// The program as scripts see it: what it prints and writes, and that pixels outside the mask stay the same.
class TestCommandLine : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void editKeepsEverythingOutsideThePasteMask();
    void sameSeedSameBytes();
    void batchMembersAreWhatTheirSeedsGive();
    void jsonProgressIsOneEventPerLine();
    void eventsCountModelCalls();
    void lorasByOptionAndByTag();
    void helpNamesTheSchedulers();
    void interruptLeavesNothing();
    void diffTellsInsideFromOutside();
    void tokenizePrintsIds();
    void previewsAreWritten();
    void transformKeepsThePicturesSize();
    void generateMakesTheAskedSize();
    void strictCheckNamesWhatWouldDo();
    void verifyTellsSoundFromDamaged();
    void modelsAreRemovedOnlyWhenTold();

private:
    using Run = Program::Run;
    Run run(const QStringList& arguments) const { return m_program.run(arguments); }
    QStringList edit(const QString& output, const QStringList& more = {}) const;
    QString path(const QString& name) const { return m_program.path(name); }

    Program m_program;
};

QStringList TestCommandLine::edit(const QString& output, const QStringList& more) const
{
    return QStringList{QStringLiteral("inpaint"),
                       QStringLiteral("--image"),
                       path(QStringLiteral("picture.png")),
                       QStringLiteral("--mask"),
                       path(QStringLiteral("mask.png")),
                       QStringLiteral("--output"),
                       output,
                       QStringLiteral("--steps"),
                       QStringLiteral("2"),
                       QStringLiteral("--size"),
                       QStringLiteral("128")} +
           more;
}

void TestCommandLine::initTestCase()
{
    QVERIFY(m_program.preparePictures());
}

void TestCommandLine::editKeepsEverythingOutsideThePasteMask()
{
    const Run edited =
        run(edit(path(QStringLiteral("out.png")), {QStringLiteral("--seed"), QStringLiteral("7"), QStringLiteral("--paste-mask"),
                                                   path(QStringLiteral("pasted.png"))}));
    QCOMPARE(edited.status, 0);
    QCOMPARE(edited.out, path(QStringLiteral("out.png")) + QStringLiteral(" seed=7\n"));
    const Run diff = run({QStringLiteral("diff"), path(QStringLiteral("picture.png")), path(QStringLiteral("out.png")),
                          QStringLiteral("--mask"), path(QStringLiteral("pasted.png"))});
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
    QCOMPARE(run(edit(path(QStringLiteral("batch.png")),
                      {QStringLiteral("--seed"), QStringLiteral("5"), QStringLiteral("--batch"), QStringLiteral("2")}))
                 .status,
             0);
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
    QCOMPARE(events, (QStringList{QStringLiteral("started"), QStringLiteral("progress"), QStringLiteral("progress"),
                                  QStringLiteral("result")}));
}

void TestCommandLine::lorasByOptionAndByTag()
{
    const QString reference = QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/");
    const QString kohya = reference + QStringLiteral("sd15-lora/kohya.safetensors");
    const auto bytes = [&](const char* name, const QString& prompt, const QStringList& more) {
        const QString file = path(QLatin1String(name));
        const QStringList options{QStringLiteral("--model"),  reference + QStringLiteral("sd15-inpaint"),
                                  QStringLiteral("--prompt"), prompt,
                                  QStringLiteral("--seed"),   QStringLiteral("5")};
        [&] {
            const Run edited = run(edit(file, options + more));
            QVERIFY2(edited.status == 0, qPrintable(edited.err));
        }();
        QFile result(file);
        return result.open(QIODevice::ReadOnly) ? result.readAll() : QByteArray();
    };
    const QString dog = QStringLiteral("a dog"), lora = QStringLiteral("--lora");
    const QByteArray without = bytes("lora1.png", dog, {});
    const QByteArray option = bytes("lora2.png", dog, {lora, kohya + QStringLiteral(":0.7")});
    qputenv("PENTIMENTO_LORAS", (reference + QStringLiteral("sd15-lora")).toUtf8());
    const QByteArray tag = bytes("lora3.png", dog + QStringLiteral("<lora:kohya:0.7>"), {});
    const QByteArray name = bytes("lora4.png", dog, {lora, QStringLiteral("Kohya:0.7")});
    const QByteArray none = bytes("lora5.png", dog, {lora, kohya + QStringLiteral(":0")});
    qunsetenv("PENTIMENTO_LORAS");
    QVERIFY(!without.isEmpty());
    QVERIFY(option != without);
    QCOMPARE(tag, option);
    QCOMPARE(name, option);
    QCOMPARE(none, without);
}

// Heun's method looks twice at every step but the last.
void TestCommandLine::eventsCountModelCalls()
{
    const QString model = QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-inpaint");
    const Run edited = run(
        edit(path(QStringLiteral("heun.png")), {QStringLiteral("--model"), model, QStringLiteral("--scheduler"),
                                                QStringLiteral("heun"), QStringLiteral("--progress"), QStringLiteral("json")}));
    QCOMPARE(edited.status, 0);
    int calls = 0;
    for (const QString& line : edited.out.split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
        const QJsonObject event = QJsonDocument::fromJson(line.toUtf8()).object();
        if (event[QLatin1String("event")] == QLatin1String("started"))
            QCOMPARE(event[QLatin1String("steps")].toInt(), 3);
        if (event[QLatin1String("event")] == QLatin1String("progress"))
            QCOMPARE(event[QLatin1String("step")].toInt(), ++calls);
    }
    QCOMPARE(calls, 3);
}

void TestCommandLine::helpNamesTheSchedulers()
{
    const Run help = run({QStringLiteral("inpaint"), QStringLiteral("--help")});
    QCOMPARE(help.status, 0);
    for (const char* name : {"model", "dpmpp-2m-sde-karras", "unipc", "lcm"})
        QVERIFY2(help.out.contains(QLatin1String(name)), name);
}

void TestCommandLine::interruptLeavesNothing()
{
    QProcess process;
    process.start(Program::executable(),
                  QStringList{QStringLiteral("inpaint"), QStringLiteral("--image"), path(QStringLiteral("picture.png")),
                              QStringLiteral("--mask"), path(QStringLiteral("mask.png")), QStringLiteral("--output"),
                              path(QStringLiteral("late.png")), QStringLiteral("--steps"), QStringLiteral("900"),
                              QStringLiteral("--progress"), QStringLiteral("json")});
    QVERIFY(process.waitForReadyRead(30000));
    ::kill(static_cast<pid_t>(process.processId()), SIGINT);
    QVERIFY(process.waitForFinished(5000));
    QCOMPARE(process.exitStatus(), QProcess::NormalExit);
    QCOMPARE(process.exitCode(), 130);
    QVERIFY(QDir(m_program.folder()).entryList({QStringLiteral("late*")}).isEmpty());
}

void TestCommandLine::diffTellsInsideFromOutside()
{
    const QString picture = path(QStringLiteral("picture.png"));
    const QString painted = Program::starter() + QStringLiteral("/golden_fill.png");
    QCOMPARE(run({QStringLiteral("diff"), picture, picture}).status, 0);
    QCOMPARE(run({QStringLiteral("diff"), picture, painted}).status, 1);
}

void TestCommandLine::tokenizePrintsIds()
{
    const Run result =
        run({QStringLiteral("tokenize"), QStringLiteral("--model"), QStringLiteral("starter"), QStringLiteral("a red apple")});
    QCOMPARE(result.status, 0);
    const QJsonArray ids = QJsonDocument::fromJson(result.out.toUtf8()).array();
    QCOMPARE(ids.first().toInt(), 2046);
    QCOMPARE(ids.last().toInt(), 2047);
    QVERIFY(ids.size() > 4);
}

void TestCommandLine::previewsAreWritten()
{
    QVERIFY(QDir(m_program.folder()).mkdir(QStringLiteral("previews")));
    const Run result =
        run(edit(path(QStringLiteral("previewed.png")), {QStringLiteral("--preview-dir"), path(QStringLiteral("previews"))}));
    QCOMPARE(result.status, 0);
    QCOMPARE(QDir(path(QStringLiteral("previews"))).entryList({QStringLiteral("*.png")}).size(), 1);
}

void TestCommandLine::transformKeepsThePicturesSize()
{
    const auto transform = [&](const char* output, const char* strength) {
        return m_program.run({QStringLiteral("transform"), QStringLiteral("--image"), QStringLiteral("picture.png"),
                              QStringLiteral("--prompt"), QStringLiteral("grass"), QStringLiteral("--model"),
                              QStringLiteral("starter"), QStringLiteral("--steps"), QStringLiteral("4"), QStringLiteral("--seed"),
                              QStringLiteral("1"), QStringLiteral("--strength"), QString::fromLatin1(strength),
                              QStringLiteral("--output"), QString::fromLatin1(output)});
    };
    QCOMPARE(transform("weak.png", "0.3").status, 0);
    QCOMPARE(transform("strong.png", "1").status, 0);
    const QImage picture(m_program.path(QStringLiteral("picture.png"))), weak(m_program.path(QStringLiteral("weak.png"))),
        strong(m_program.path(QStringLiteral("strong.png")));
    QCOMPARE(weak.size(), picture.size());
    const auto distance = [&](const QImage& other) {
        qint64 sum = 0;
        for (int y = 0; y < picture.height(); ++y)
            for (int x = 0; x < picture.width(); ++x)
                sum += std::abs(qGray(picture.pixel(x, y)) - qGray(other.pixel(x, y)));
        return sum;
    };
    QVERIFY(distance(weak) > 0);
    QVERIFY(distance(weak) < distance(strong));
}

void TestCommandLine::generateMakesTheAskedSize()
{
    const Program::Run run =
        m_program.run({QStringLiteral("generate"), QStringLiteral("--prompt"), QStringLiteral("a (red:1.2) apple"),
                       QStringLiteral("--model"), QStringLiteral("starter"), QStringLiteral("--steps"), QStringLiteral("2"),
                       QStringLiteral("--width"), QStringLiteral("128"), QStringLiteral("--height"), QStringLiteral("96"),
                       QStringLiteral("--seed"), QStringLiteral("5"), QStringLiteral("--output"), QStringLiteral("made.png")});
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QCOMPARE(run.out, QStringLiteral("made.png seed=5\n"));
    QCOMPARE(QImage(m_program.path(QStringLiteral("made.png"))).size(), QSize(128, 96));
}

void TestCommandLine::strictCheckNamesWhatWouldDo()
{
    const QStringList strict = {QStringLiteral("--require-inpaint-model")};
    QCOMPARE(run(edit(path(QStringLiteral("strict.png")), strict)).status, 0);
    const QString model = path(QStringLiteral("base"));
    QDir().mkpath(model);
    copyFolder(QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-base"), model);
    for (const char* part : {"/text_encoder", "/vae", "/tokenizer"})
        copyFolder(QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-inpaint") + QLatin1String(part),
                   model + QLatin1String(part));
    const Run refused = run(edit(path(QStringLiteral("refused.png")), strict + QStringList{QStringLiteral("--model"), model}));
    QCOMPARE(refused.status, 3);
    for (const char* word : {"base", "4 channels", "9 are needed", "starter"})
        QVERIFY2(refused.err.contains(QLatin1String(word), Qt::CaseInsensitive), qPrintable(refused.err));
    QVERIFY(!QFile::exists(path(QStringLiteral("refused.png"))));
}

void TestCommandLine::verifyTellsSoundFromDamaged()
{
    const Run sound =
        run({QStringLiteral("models"), QStringLiteral("verify"), QStringLiteral("starter"), QStringLiteral("--json")});
    QCOMPARE(sound.status, 0);
    const QJsonObject report = QJsonDocument::fromJson(sound.out.toUtf8()).object();
    QVERIFY(report[QLatin1String("sound")].toBool());
    QCOMPARE(report[QLatin1String("files")].toArray().size(), 3);
    QVERIFY(report[QLatin1String("trial")].toObject()[QLatin1String("vae_psnr")].toDouble() > 20);

    const QString damaged = path(QStringLiteral("damaged"));
    copyFolder(Program::starter(), damaged);
    QFile weights(damaged + QStringLiteral("/vae/diffusion_pytorch_model.safetensors"));
    QVERIFY(weights.open(QIODevice::ReadWrite));
    QVERIFY(weights.seek(weights.size() - 8));
    QCOMPARE(weights.write(QByteArray(8, '\xff')), qint64(8)); // NaN, however wide its numbers are
    weights.close();
    const Run broken = run({QStringLiteral("models"), QStringLiteral("verify"), damaged});
    QCOMPARE(broken.status, 3);
    QVERIFY2(broken.err.contains(QStringLiteral("tensor ")) && broken.err.contains(QStringLiteral("NaN")),
             qPrintable(broken.err));
    QVERIFY(broken.out.contains(QStringLiteral("not sound")));
}

void TestCommandLine::modelsAreRemovedOnlyWhenTold()
{
    const QString own = path(QStringLiteral("data/pentimento/models/mine"));
    QDir().mkpath(own);
    copyFolder(Program::starter() + QStringLiteral("/scheduler"), own + QStringLiteral("/scheduler"));
    QFile::copy(Program::starter() + QStringLiteral("/model_index.json"), own + QStringLiteral("/model_index.json"));
    qputenv("XDG_DATA_HOME", path(QStringLiteral("data")).toUtf8());
    const QStringList remove = {QStringLiteral("models"), QStringLiteral("remove"), QStringLiteral("mine")};
    QCOMPARE(run(remove).status, 2); // nobody can be asked
    QVERIFY(QFile::exists(own));
    QCOMPARE(run({QStringLiteral("models"), QStringLiteral("remove"), QStringLiteral("starter"), QStringLiteral("--yes")}).status,
             2);
    QVERIFY(QFile::exists(Program::starter()));
    QCOMPARE(run(remove + QStringList{QStringLiteral("--yes")}).status, 0);
    QVERIFY(!QFile::exists(own));
    qunsetenv("XDG_DATA_HOME");
}

QTEST_GUILESS_MAIN(TestCommandLine)
#include "tst_command_line.moc"
