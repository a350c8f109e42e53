// SPDX-License-Identifier: Apache-2.0
// ControlNets on the command line, with the real program and the reference models.
#include "inference/io/safetensors_reader.h"
#include "tests/app/cli/program.h"
#include "tests/support/reference_folder.h"

#include <QImage>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include <cstring>

using namespace pentimento;
using namespace pentimento::testing;

namespace {

constexpr int side = 64;

QString text(const std::filesystem::path& path)
{
    return QString::fromStdString(path.string());
}

QString controlNet()
{
    return text(referenceFolder() / "sd15-controlnet");
}

/// Planes of bytes, (channels, 64, 64).
QImage toImage(const TensorEntry& entry)
{
    const bool grey = entry.shape[0] == 1;
    QImage image(side, side, grey ? QImage::Format_Grayscale8 : QImage::Format_RGB888);
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (int c = 0; c < (grey ? 1 : 3); ++c)
                image.scanLine(y)[x * (grey ? 1 : 3) + c] = static_cast<uchar>(entry.data[(c * side + y) * side + x]);
        }
    }
    return image;
}

} // namespace

class TestControlOptions : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void referenceRun();
    void severalOnACrop();
    void transformAndGenerate_data();
    void transformAndGenerate();
    void refused_data();
    void refused();
    void modelsTellWhatItIs();

private:
    Program::Run run(const QString& command) const;
    Program::Run edit(const QString& options, const QString& output) const;

    Program m_program;
    TemporaryFolder m_models;
    QString m_model;
    SafetensorsFile m_golden{referenceFolder() / "sd15.safetensors"};
};

void TestControlOptions::initTestCase()
{
    m_model = text(referenceModel("sd15-base", m_models));
    for (const char* name : {"image", "mask", "control"})
        QVERIFY(toImage(*m_golden.find("input." + std::string(name)))
                    .save(m_program.path(QString::fromLatin1(name) + QStringLiteral(".png"))));
}

/// Words in capitals stand for what may hold spaces.
Program::Run TestControlOptions::run(const QString& command) const
{
    QStringList words = command.split(u' ');
    for (QString& word : words) {
        if (word == u"NET")
            word = controlNet();
        else if (word == u"MODEL")
            word = m_model;
        else if (word == u"PROMPT")
            word = QStringLiteral("a photo of a dog on a couch");
        else if (word == u"NEGATIVE")
            word = QStringLiteral("blurry, low quality");
    }
    return m_program.run(words);
}

Program::Run TestControlOptions::edit(const QString& options, const QString& output) const
{
    return run(QStringLiteral("inpaint --image image.png --mask mask.png --model MODEL --prompt PROMPT --seed 50 --overwrite -q "
                              "--output %1 %2")
                   .arg(output, options));
}

// diffusers' own run, through the files and options that people have.
void TestControlOptions::referenceRun()
{
    const Program::Run run = edit(QStringLiteral("--reference --size 64 --steps 6 --guidance 7.5 --strength 1 --negative-prompt "
                                                 "NEGATIVE --control control.png --control-model NET --control-scale 0.8"),
                                  QStringLiteral("out.png"));
    QVERIFY2(run.status == 0, qPrintable(run.err));
    const QImage image = QImage(m_program.path(QStringLiteral("out.png"))).convertToFormat(QImage::Format_RGB888);
    const TensorEntry& golden = *m_golden.find("base.controlnet_inpaint.image");
    double largest = 0;
    for (int y = 0; y < side; ++y) {
        for (int x = 0; x < side; ++x) {
            for (int c = 0; c < 3; ++c) {
                float value = 0;
                std::memcpy(&value, golden.data + static_cast<std::size_t>((c * side + y) * side + x) * 4, 4);
                largest = std::max(largest, std::abs(image.constScanLine(y)[x * 3 + c] - double{value} * 255));
            }
        }
    }
    QVERIFY2(largest < 2.5, qPrintable(QString::number(largest))); // 2, and the half that 8 bits lose
}

// Edges of the picture for one, the mask marked for the other; what is outside stays as it was.
void TestControlOptions::severalOnACrop()
{
    const auto plain =
        QStringLiteral("--steps 2 --crop 16,16,40,40 --size 64 --grow 0 --feather 0 --color-match off --padding 0");
    QCOMPARE(edit(plain, QStringLiteral("without.png")).status, 0);
    const Program::Run run = edit(plain + QStringLiteral(" --control canny --control-model NET --control inpaint --control-model "
                                                         "NET --control-scale 1 --control-scale 0.5 --control-start 0 "
                                                         "--control-start 0.5 --control-end 1 --control-end 1"),
                                  QStringLiteral("out.png"));
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QVERIFY(m_program.read(QStringLiteral("out.png")) != m_program.read(QStringLiteral("without.png")));
    QCOMPARE(this->run(QStringLiteral("diff image.png out.png --mask mask.png")).status, 0);
}

void TestControlOptions::transformAndGenerate_data()
{
    QTest::addColumn<QString>("task");
    QTest::addColumn<QString>("source");
    QTest::newRow("edges of the picture") << "transform --image image.png --strength 0.9"
                                          << "canny";
    QTest::newRow("lines of the picture") << "transform --image image.png --strength 0.9"
                                          << "lineart";
    QTest::newRow("scribble of another") << "transform --image image.png --strength 0.9"
                                         << "scribble:control.png";
    QTest::newRow("edges of another") << "generate"
                                      << "canny:image.png";
    QTest::newRow("a picture as it is") << "generate"
                                        << "control.png";
}

void TestControlOptions::transformAndGenerate()
{
    QFETCH(QString, task);
    QFETCH(QString, source);
    const QString command = task + QStringLiteral(" --model MODEL --prompt PROMPT --steps 2 --seed 1 --size 64 --output out.png "
                                                  "--overwrite -q");
    QCOMPARE(run(command).status, 0);
    const QByteArray without = m_program.read(QStringLiteral("out.png"));
    const Program::Run steered = run(command + QStringLiteral(" --control-model NET --control ") + source);
    QVERIFY2(steered.status == 0, qPrintable(steered.err));
    QVERIFY(m_program.read(QStringLiteral("out.png")) != without);
}

void TestControlOptions::refused_data()
{
    QTest::addColumn<QString>("options");
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("says");
    QTest::newRow("no ControlNet") << "--control canny" << 2 << "--control-model";
    QTest::newRow("no picture") << "--control-model NET" << 2 << "--control";
    QTest::newRow("fewer scales") << "--control canny --control-model NET --control canny --control-model NET --control-scale 1"
                                  << 2 << "--control-scale";
    QTest::newRow("scale below 0") << "--control canny --control-model NET --control-scale -1" << 2 << "control-scale";
    QTest::newRow("scale nan") << "--control canny --control-model NET --control-scale nan" << 2 << "control-scale";
    QTest::newRow("start beyond end") << "--control canny --control-model NET --control-start 0.6 --control-end 0.4" << 2
                                      << "control-start";
    QTest::newRow("end beyond 1") << "--control canny --control-model NET --control-end 1.1" << 2 << "control-start";
    QTest::newRow("picture not there") << "--control nowhere.png --control-model NET" << 3 << "nowhere.png";
    QTest::newRow("picture of edges not there") << "--control canny:nowhere.png --control-model NET" << 3 << "nowhere.png";
    QTest::newRow("ControlNet not there") << "--control canny --control-model ./nowhere" << 3 << "nowhere";
    QTest::newRow("no such name") << "--control canny --control-model nowhere" << 3 << "nowhere";
    QTest::newRow("a model for a ControlNet") << "--control canny --control-model MODEL" << 3 << "ControlNet";
}

void TestControlOptions::refused()
{
    QFETCH(QString, options);
    QFETCH(int, status);
    QFETCH(QString, says);
    const Program::Run run = edit(options + QStringLiteral(" --steps 1 --size 64"), QStringLiteral("refused.png"));
    QVERIFY2(run.status == status, qPrintable(run.err));
    QVERIFY2(run.err.contains(says) && run.err.count(QStringLiteral("error:")) == 1, qPrintable(run.err));
    QVERIFY(!QFile::exists(m_program.path(QStringLiteral("refused.png"))));
}

void TestControlOptions::modelsTellWhatItIs()
{
    const Program::Run told = run(QStringLiteral("models inspect NET"));
    QVERIFY2(told.status == 0 && told.out.contains(u"ControlNet"), qPrintable(told.err));
    qputenv("PENTIMENTO_MODELS", referenceFolder().c_str());
    const Program::Run list = run(QStringLiteral("models list --json"));
    qunsetenv("PENTIMENTO_MODELS");
    QCOMPARE(list.status, 0);
    int found = 0;
    for (const QJsonValue value : QJsonDocument::fromJson(list.out.toUtf8()).array()) {
        if (value[u"name"].toString() == u"sd15-controlnet") {
            QCOMPARE(value[u"kind"].toString(), QStringLiteral("controlnet"));
            ++found;
        }
    }
    QCOMPARE(found, 1);
}

QTEST_GUILESS_MAIN(TestControlOptions)
#include "tst_control_options.moc"
