// SPDX-License-Identifier: Apache-2.0
// Whatever is wrong with what the program is given: the documented exit status, one line that says what to do, and
// not a file more or less than before.
#include "tests/app/cli/program.h"

#include <QRegularExpression>

/// `change` replaces options of a working edit (see edit()); if it begins with a word, it is the whole command.
struct Row {
    const char* name;
    int status;
    const char* change;
    const char* says; ///< the error line names what is wrong
};

const Row pictures[] = {
    {"missing picture", 3, "--image nowhere.png", "nowhere.png"},
    {"empty picture", 3, "--image empty.png", "empty.png"},
    {"text as picture", 3, "--image text.png", "text.png"},
    {"truncated picture", 3, "--image cut.png", "cut.png"},
    {"folder as picture", 3, "--image folder", "folder"},
    {"header promises 2,000,000 x 2,000,000", 3, "--image huge.png", "huge.png"},
    {"missing mask", 3, "--mask nowhere.png", "nowhere.png"},
    {"empty mask file", 3, "--mask empty.png", "empty.png"},
    {"text as mask", 3, "--mask text.png", "text.png"},
    {"truncated mask", 3, "--mask cut.png", "cut.png"},
    {"folder as mask", 3, "--mask folder", "folder"},
    {"enormous mask", 3, "--mask huge.png", "huge.png"},
    {"mask of another size", 3, "--mask small.png", "small.png"},
    {"mask without a painted pixel", 3, "--mask black.png", "mask"},
    {"diff with a missing picture", 3, "diff picture.png nowhere.png", "nowhere.png"},
    {"diff with a text", 3, "diff text.png picture.png", "text.png"},
    {"diff of two sizes", 3, "diff picture.png small.png", "small.png"},
    {"diff with a mask of another size", 3, "diff picture.png picture.png --mask small.png", "small.png"},
};

const Row options[] = {
    {"no picture", 2, "inpaint --mask mask.png --output out.png", "--image"},
    {"no mask", 2, "inpaint --image picture.png --output out.png", "--mask"},
    {"no output", 2, "inpaint --image picture.png --mask mask.png", "--output"},
    {"unknown option", 2, "--colour red", "colour"},
    {"option without a value", 2, "--prompt", "--prompt"},
    {"option twice", 2, "--eta 0 --eta 1", "--eta"},
    {"steps 0", 2, "--steps 0", "steps"},
    {"steps -1", 2, "--steps -1", "steps"},
    {"steps 1001", 2, "--steps 1001", "steps"},
    {"steps beyond int", 2, "--steps 99999999999", "steps"},
    {"steps in words", 2, "--steps many", "steps"},
    {"steps nan", 2, "--steps nan", "steps"},
    {"guidance nan", 2, "--guidance nan", "guidance"},
    {"guidance inf", 2, "--guidance inf", "guidance"},
    {"guidance -1", 2, "--guidance -1", "guidance"},
    {"guidance 1e9", 2, "--guidance 1e9", "guidance"},
    {"strength 2", 2, "--strength 2", "strength"},
    {"strength 0", 2, "--strength 0", "strength"},
    {"strength -0.5", 2, "--strength -0.5", "strength"},
    {"strength nan", 2, "--strength nan", "strength"},
    {"strength that leaves no step", 2, "--strength 0.1", "strength"},
    {"seed abc", 2, "--seed abc", "seed"},
    {"seed -5", 2, "--seed -5", "seed"},
    {"seed 1.5", 2, "--seed 1.5", "seed"},
    {"seed beyond 64 bits", 2, "--seed 99999999999999999999", "seed"},
    {"size 0", 2, "--size 0", "--size"},
    {"size 1e9", 2, "--size 1e9", "--size"},
    {"size 1000000000", 2, "--size 1000000000", "--size"},
    {"size -64", 2, "--size -64", "--size"},
    {"size 12x", 2, "--size 12x", "--size"},
    {"size of three sides", 2, "--size 64x64x64", "--size"},
    {"size no multiple with --reference", 2, "--reference --size 63", "size"},
    {"crop outside", 2, "--crop 5000,0,10,10", "crop"},
    {"crop of nothing", 2, "--crop 0,0,0,10", "--crop"},
    {"crop beyond int", 2, "--crop 0,0,2147483647,2147483647", "crop"},
    {"crop in words", 2, "--crop left", "--crop"},
    {"crop beside the mask", 2, "--crop 0,0,8,8", "crop"},
    {"feather nan", 2, "--feather nan", "--feather"},
    {"feather -1", 2, "--feather -1", "--feather"},
    {"feather 1e9", 2, "--feather 1e9", "--feather"},
    {"grow 99999", 2, "--grow 99999", "--grow"},
    {"padding -1", 2, "--padding -1", "--padding"},
    {"eta -1", 2, "--eta -1", "eta"},
    {"eta nan", 2, "--eta nan", "eta"},
    {"batch 0", 2, "--batch 0", "--batch"},
    {"batch 1000000000", 2, "--batch 1000000000", "--batch"},
    {"threads -1", 2, "--threads -1", "threads"},
    {"threads 1000000", 2, "--threads 1000000", "threads"},
    {"quality 0", 2, "--quality 0", "--quality"},
    {"quality 101", 2, "--quality 101", "--quality"},
    {"preview interval -1", 2, "--preview-every -1", "--preview-every"},
    {"unknown progress", 2, "--progress loud", "--progress"},
    {"unknown mode", 2, "--mode improve", "--mode"},
    {"unknown prefill", 2, "--prefill sand", "--prefill"},
    {"mode of a later version", 4, "--mode expand", "expand"},
    {"prefill of a later version", 4, "--prefill patchmatch", "patchmatch"},
    {"unknown scheduler", 2, "--scheduler eulr", "--scheduler"},
    {"more steps than the scheduler has", 2, "--scheduler lcm --steps 51", "steps"},
    {"scheduler that the model cannot use", 4, "--scheduler pndm --model starter", "pndm"},
    {"option of a later version", 4, "--memory low", "--memory"},
    {"device that is not there", 4, "--device cuda", "device"},
    {"type that is not there", 4, "--dtype float16", "dtype"},
    {"run without jobs", 2, "run", "--images"},
    {"share of no batch", 2, "run job.json --shard 3/2", "--shard"},
    {"share in words", 2, "run job.json --shard first", "--shard"},
    {"results as what", 2, "run job.json --result tape", "--result"},
    {"common steps 0", 2, "run job.json --steps 0", "--steps"},
    {"common steps in words", 2, "run job.json --steps many", "--steps"},
    {"masks without pictures", 2, "run --masks folder --output-dir .", "--images"},
    {"pictures without a folder for results", 2, "run --images folder", "--output-dir"},
    {"server beyond this machine without a token", 2, "serve --port 0 --host 0.0.0.0", "--token-file"},
    {"port beyond 65535", 2, "serve --port 65536", "--port"},
    {"generated width of no use", 2, "generate --prompt x --model starter --output out.png --width 100", "multiples"},
    {"generated height below 0", 2, "generate --prompt x --model starter --output out.png --height -64", "multiples"},
    {"size given twice", 2, "generate --prompt x --model starter --output out.png --size 64 --width 64", "--size"},
    {"transform without a picture", 2, "transform --prompt x --output out.png", "--image"},
    {"clip skip of more layers than there are", 2, "--clip-skip 60", "clip-skip"},
    {"clip skip -1", 2, "--clip-skip -1", "--clip-skip"},
    {"unknown colour match", 2, "--color-match maybe", "--color-match"},
    {"no model command", 2, "models", "--help"},
    {"unknown model command", 2, "models frob", "--help"},
    {"bench of an unknown row", 2, "bench frob", "frob"},
    {"bench of no size", 2, "bench sgemm --size 0", "--size"},
    {"bench of an unknown architecture", 2, "bench unet --arch frob", "frob"},
};

const Row outputs[] = {
    {"missing folder", 6, "--output no/such/out.png", "no/such"},
    {"file as folder", 6, "--output text.png/out.png", "text.png"},
    {"folder that takes no files", 6, "--output /proc/out.png", "/proc"},
    {"output is a folder", 6, "--output folder.png", "folder.png"},
    {"output exists", 6, "--output existing.png", "--overwrite"},
    {"a picture of the batch exists", 6, "--batch 2 --output batch.png", "batch-2.png"},
    {"unknown format", 2, "--output out.tiff", "out.tiff"},
    {"no format", 2, "--output out", "--output"},
    {"missing folder for the paste mask", 6, "--paste-mask no/such/mask.png", "no/such"},
    {"paste mask exists", 6, "--paste-mask existing.png", "existing.png"},
    {"unknown format of the paste mask", 2, "--paste-mask m.bmp", "--paste-mask"},
    {"paste mask is the output", 2, "--paste-mask ./out.png --overwrite", "out.png"},
    {"missing folder for the dump", 6, "--dump no/such/d.safetensors", "no/such"},
    {"dump exists", 6, "--dump existing.png", "existing.png"},
    {"dump is the output", 2, "--dump out.png", "out.png"},
    {"missing folder for previews", 6, "--preview-dir no/such", "no/such"},
    {"file as folder for previews", 6, "--preview-dir text.png", "text.png"},
    {"missing folder for a batch", 6, "run --images . --output-dir no/such", "no/such"},
    {"missing folder for the log", 6, "--log-file no/such/x.log", "no/such"},
    {"log is a folder", 6, "--log-file folder", "folder"},
};

const Row models[] = {
    {"unknown model", 3, "--model nosuchmodel", "nosuchmodel"},
    {"missing model folder", 3, "--model ./nosuchmodel", "nosuchmodel"},
    {"folder without a model", 3, "--model ./folder", "folder"},
    {"picture as model", 3, "--model ./picture.png", "picture.png"},
    {"inspect an unknown model", 3, "models inspect nosuchmodel", "nosuchmodel"},
    {"inspect a folder without a model", 3, "models inspect ./folder", "folder"},
    {"tokenize with an unknown model", 3, "tokenize --model nosuchmodel text", "nosuchmodel"},
    {"tokenize with a folder without a model", 3, "tokenize --model ./folder text", "folder"},
};

#define LORA PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-lora/kohya.safetensors"

const Row loras[] = {
    {"missing LoRA", 3, "--lora nowhere/x.safetensors", "x.safetensors"},
    {"missing LoRA with a weight", 3, "--lora nowhere/x.safetensors:0.5", "nowhere/x.safetensors)"},
    {"unknown LoRA", 3, "--lora nosuchlora:0.5", "nosuchlora"},
    {"unknown LoRA in the prompt", 3, "--prompt <lora:nosuchlora:0.5>", "nosuchlora"},
    {"LoRA tag with a word for its weight", 3, "--prompt <lora:kohya:strong>", "<lora:kohya:strong>"},
    {"text as LoRA", 3, "--lora text.png", "text.png"},
    {"truncated LoRA", 3, "--lora cut.safetensors", "cut.safetensors"},
    {"empty LoRA", 3, "--lora empty.png", "empty.png"},
    {"folder as LoRA", 3, "--lora ./folder", "folder"},
    {"pickled LoRA", 3, "--lora ./x.pt", "pickled"},
    {"model as LoRA", 3, "--lora " PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-inpaint/vae/diffusion_pytorch_model.safetensors",
     "no LoRA"},
    {"second LoRA is wrong", 3, "--lora " LORA " --lora nowhere/x.safetensors", "x.safetensors"},
    {"LoRA of another family", 3, "--model starter --lora " LORA, "kohya.safetensors"},
    {"LoRA with a word for its weight", 2, "--lora " LORA ":strong", "--lora"},
    {"LoRA with NaN for its weight", 2, "--lora " LORA ":nan", "--lora"},
    {"LoRA with an enormous weight", 2, "--lora " LORA ":1e6", "weight"},
    {"LoRA without a file", 2, "--lora", "--lora"},
};

class TestBadInput : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void wholeInputWorks();
    void badPictures_data() { addRows(pictures); }
    void badPictures() { refuseRow(); }
    void badOptions_data() { addRows(options); }
    void badOptions() { refuseRow(); }
    void badOutputs_data() { addRows(outputs); }
    void badOutputs() { refuseRow(); }
    void badModels_data() { addRows(models); }
    void badModels() { refuseRow(); }
    void badLoras_data() { addRows(loras); }
    void badLoras() { refuseRow(); }
    void fullDisk();
    void fullStandardOutput();

private:
    template <std::size_t count> static void addRows(const Row (&rows)[count])
    {
        QTest::addColumn<int>("status");
        QTest::addColumn<QString>("change");
        QTest::addColumn<QString>("says");
        for (const Row& row : rows)
            QTest::newRow(row.name) << row.status << QString::fromLatin1(row.change) << QString::fromLatin1(row.says);
    }
    static QStringList edit(const QString& change);
    void refuseRow() const;
    void refused(const Program::Run& run, int status, const QString& says, const QStringList& before) const;

    Program m_program;
};

/// The words of an edit that works, with the options in `change` replaced or added.
QStringList TestBadInput::edit(const QString& change)
{
    const QStringList words = change.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    if (!words.isEmpty() && !words[0].startsWith(QLatin1Char('-')))
        return words;
    QStringList arguments =
        QStringLiteral("inpaint --image picture.png --mask mask.png --output out.png --steps 2 --size 64 --model")
            .split(QLatin1Char(' '));
    arguments << QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-inpaint");
    for (qsizetype i = 0; i < words.size(); ++i) {
        const bool listed = words[i] == QLatin1String("--lora"); // may be given more than once
        const qsizetype given = words[i].startsWith(QLatin1String("--")) && !listed ? arguments.indexOf(words[i]) : -1;
        if (given > 0 && i + 1 < words.size() && !change.contains(QLatin1String("--eta 0 --eta")))
            arguments[given + 1] = words[++i];
        else
            arguments << words[i];
    }
    return arguments;
}

void TestBadInput::refused(const Program::Run& run, int status, const QString& says, const QStringList& before) const
{
    QVERIFY2(run.status == status, qPrintable(QStringLiteral("status %1: %2").arg(run.status).arg(run.err)));
    // WHAT (WHERE): what to do
    static const QRegularExpression line(QStringLiteral("^pentimento: error: (.+\\)|[^()]+): .*[^)\\n]\\n$"));
    QVERIFY2(line.match(run.err).hasMatch(), qPrintable(run.err));
    QCOMPARE(run.err.count(QLatin1String("error:")), 1);
    QCOMPARE(run.err.count(QLatin1Char('\n')), 1);
    QVERIFY2(run.err.contains(says), qPrintable(run.err));
    QCOMPARE(run.out, QString());
    QCOMPARE(m_program.contents(), before);
}

void TestBadInput::refuseRow() const
{
    QFETCH(int, status);
    QFETCH(QString, change);
    QFETCH(QString, says);
    const QStringList before = m_program.contents();
    refused(m_program.run(edit(change)), status, says, before);
    QFile::remove(m_program.path(QStringLiteral("out.png"))); // of a failed row: the next one begins clean
}

void TestBadInput::initTestCase()
{
    QVERIFY(m_program.preparePictures());
    const QByteArray whole = m_program.read(QStringLiteral("picture.png"));
    m_program.write(QStringLiteral("empty.png"), {});
    m_program.write(QStringLiteral("text.png"), "this is no picture\n");
    m_program.write(QStringLiteral("cut.png"), whole.left(whole.size() / 2));
    m_program.write(QStringLiteral("existing.png"), whole);
    m_program.write(QStringLiteral("batch-2.png"), whole);
    QFile lora(QStringLiteral(LORA));
    QVERIFY(lora.open(QIODevice::ReadOnly));
    m_program.write(QStringLiteral("cut.safetensors"), lora.read(lora.size() - 100));
    // Complete but for the pixels: a header of 2,000,000 x 2,000,000 with valid checksums.
    m_program.write(
        QStringLiteral("huge.png"),
        QByteArray::fromHex("89504e470d0a1a0a0000000d49484452001e8480001e848008020000003ba4d76c0000000049454e44ae426082"));
    m_program.write(QStringLiteral("small.png"), "P5 2 2 255\nabcd"); // the reader goes by content
    m_program.write(QStringLiteral("black.png"), "P5 256 256 255\n" + QByteArray(256 * 256, '\0'));
    QVERIFY(QDir(m_program.folder()).mkdir(QStringLiteral("folder")));
    QVERIFY(QDir(m_program.folder()).mkdir(QStringLiteral("folder.png")));
}

/// What the rows change is the only thing wrong with them.
void TestBadInput::wholeInputWorks()
{
    const Program::Run run = m_program.run(edit({}));
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QVERIFY(QFile::remove(m_program.path(QStringLiteral("out.png"))));
}

void TestBadInput::fullDisk()
{
    // Files may not grow beyond some kilobytes: writing fails as it does when the disk is full.
    const QStringList before = m_program.contents();
    const QString script = QStringLiteral("trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"");
    const Program::Run run =
        m_program.start(QStringLiteral("sh"), QStringList{QStringLiteral("-c"), script, Program::executable()} + edit({}));
    refused(run, 6, QStringLiteral("out.png"), before);
}

void TestBadInput::fullStandardOutput()
{
    if (!QFile::exists(QStringLiteral("/dev/full")))
        QSKIP("this system has no /dev/full");
    const QStringList before = m_program.contents();
    const QStringList arguments{QStringLiteral("diff"), QStringLiteral("picture.png"), QStringLiteral("picture.png")};
    refused(m_program.start(Program::executable(), arguments, QStringLiteral("/dev/full")), 6, QStringLiteral("standard output"),
            before);
}

QTEST_GUILESS_MAIN(TestBadInput)
#include "tst_bad_input.moc"
