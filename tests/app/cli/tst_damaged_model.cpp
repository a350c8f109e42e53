// SPDX-License-Identifier: Apache-2.0
// Model folders that are broken or hostile, one damage a row: exit 3 and one line that names the part.
#include "tests/app/cli/program.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtEndian>

#include <functional>

namespace {

/// What becomes of a file's content; a null result removes the file.
using Damage = std::function<QByteArray(const QByteArray&)>;

Damage content(const char* bytes)
{
    return [bytes](const QByteArray&) { return QByteArray(bytes); };
}

Damage hex(const char* digits)
{
    return [bytes = QByteArray::fromHex(digits)](const QByteArray&) { return bytes; };
}

QByteArray removed(const QByteArray&)
{
    return {};
}

QByteArray half(const QByteArray& whole)
{
    return whole.left(whole.size() / 2);
}

/// One key of a JSON file set to a value, given as JSON.
Damage setKey(const char* key, const char* value)
{
    return [key, value](const QByteArray& whole) {
        QJsonObject object = QJsonDocument::fromJson(whole).object();
        object[QLatin1String(key)] = QJsonDocument::fromJson("[" + QByteArray(value) + "]").array().first();
        return QJsonDocument(object).toJson();
    };
}

/// The header of a safetensors file, changed.
Damage header(const std::function<void(QJsonObject&)>& change)
{
    return [change](const QByteArray& whole) {
        const auto length = static_cast<qsizetype>(qFromLittleEndian<quint64>(whole.constData()));
        QJsonObject object = QJsonDocument::fromJson(whole.mid(8, length)).object();
        change(object);
        const QByteArray text = QJsonDocument(object).toJson(QJsonDocument::Compact);
        QByteArray result(8, '\0');
        qToLittleEndian(static_cast<quint64>(text.size()), result.data());
        return result + text + whole.mid(8 + length);
    };
}

/// One field of one tensor's entry.
Damage entry(const char* tensor, const char* field, const char* value)
{
    return header([=](QJsonObject& object) {
        QJsonObject changed = object[QLatin1String(tensor)].toObject();
        Q_ASSERT(!changed.isEmpty());
        changed[QLatin1String(field)] = QJsonDocument::fromJson("[" + QByteArray(value) + "]").array().first();
        object[QLatin1String(tensor)] = changed;
    });
}

/// Every byte of the data 0xff: each float is NaN.
QByteArray notANumber(const QByteArray& whole)
{
    const auto data = 8 + static_cast<qsizetype>(qFromLittleEndian<quint64>(whole.constData()));
    return whole.left(data) + QByteArray(whole.size() - data, '\xff');
}

/// A tensor's entry gone.
Damage without(const char* tensor)
{
    return header([tensor](QJsonObject& object) {
        Q_ASSERT(object.contains(QLatin1String(tensor)));
        object.remove(QLatin1String(tensor));
    });
}

/// Two sides of a shape exchanged: as many bytes, another tensor.
Damage transposed(const char* tensor)
{
    return header([tensor](QJsonObject& object) {
        QJsonObject changed = object[QLatin1String(tensor)].toObject();
        QJsonArray shape = changed[QLatin1String("shape")].toArray();
        Q_ASSERT(shape.size() > 1 && shape[0] != shape[1]);
        shape.append(shape.takeAt(0));
        changed[QLatin1String("shape")] = shape;
        object[QLatin1String(tensor)] = changed;
    });
}

const char* const unet = "unet/diffusion_pytorch_model.safetensors";
const char* const vae = "vae/diffusion_pytorch_model.safetensors";
const char* const text = "text_encoder/model.safetensors";
const char* const conv = "conv_in.weight";

struct Row {
    const char* name;
    const char* file;
    Damage damage;
    int status = 3;
};

const Row rows[] = {
    // The container.
    {"weights missing", vae, removed},
    {"weights empty", vae, content("")},
    {"weights of four bytes", vae, content("abcd")},
    {"weights are a text", vae, content("this is no file of weights")},
    {"weights cut to half", unet, half},
    {"header length of 2^63", vae, hex("ffffffffffffff7f7b7d")},
    {"header length of 2^64", vae, hex("ffffffffffffffff7b7d")},
    {"header longer than the file", vae, hex("00100000000000007b7d")},
    {"header of no length", vae, hex("00000000000000007b7d")},
    {"header without a tensor", text, hex("02000000000000007b7d")},
    {"header is a list", vae, hex("02000000000000005b5d")},
    // Its entries.
    {"tensor missing", unet, without("conv_out.bias")},
    {"offsets beyond the file", unet, entry(conv, "data_offsets", "[0, 99999999999]")},
    {"offsets reversed", unet, entry(conv, "data_offsets", "[1000, 0]")},
    {"offsets negative", unet, entry(conv, "data_offsets", "[-8, 8]")},
    {"offsets are texts", unet, entry(conv, "data_offsets", "[\"0\", \"8\"]")},
    {"offsets overlap", unet, header([](QJsonObject& tensors) {
         QJsonObject first = tensors[QLatin1String("conv_in.weight")].toObject();
         first[QLatin1String("data_offsets")] = QJsonArray{4, 4 + 4 * 16 * 9 * 3 * 3}; // as long as it is, elsewhere
         tensors[QLatin1String("conv_in.weight")] = first;
     })},
    {"shape of 2^62 x 4", unet, entry(conv, "shape", "[4611686018427387904, 4]")},
    {"shape with a negative side", unet, entry(conv, "shape", "[-16, 9, 3, 3]")},
    {"shape of another size", unet, entry(conv, "shape", "[16, 9, 3]")},
    {"shape transposed", unet, transposed("conv_out.weight")},
    {"type unknown", unet, entry(conv, "dtype", "\"F37\"")},
    {"entry is a number", unet, header([](QJsonObject& tensors) { tensors[QLatin1String("conv_in.weight")] = 7; })},
    // The numbers.
    {"UNet of NaN", unet, notANumber},
    {"VAE of NaN", vae, notANumber},
    {"text encoder of NaN", text, notANumber},
    // The configs.
    {"index missing", "model_index.json", removed},
    {"index is no JSON", "model_index.json", content("{")},
    {"UNet config missing", "unet/config.json", removed},
    {"UNet config empty", "unet/config.json", content("")},
    {"UNet config is a list", "unet/config.json", content("[]")},
    {"UNet config nested 10,000 deep", "unet/config.json", [](const QByteArray&) { return QByteArray(10000, '['); }},
    {"VAE config missing", "vae/config.json", removed},
    {"VAE config is no JSON", "vae/config.json", content("\xff\xfe\xff")},
    {"text encoder config missing", "text_encoder/config.json", removed},
    {"channels in words", "unet/config.json", setKey("in_channels", "\"nine\"")},
    {"channels negative", "unet/config.json", setKey("in_channels", "-9")},
    {"channels that the weights have not", "unet/config.json", setKey("in_channels", "4")},
    {"channels beyond int", "unet/config.json", setKey("block_out_channels", "[1e300, 32, 32]")},
    {"channels of none", "unet/config.json", setKey("block_out_channels", "[]")},
    {"channels of another model", "unet/config.json", setKey("block_out_channels", "[320, 640, 1280]")},
    {"blocks in words", "unet/config.json", setKey("down_block_types", "\"DownBlock2D\"")},
    {"blocks unknown", "unet/config.json", setKey("down_block_types", "[\"A\", \"B\", \"C\"]"), 4},
    {"no groups", "unet/config.json", setKey("norm_num_groups", "0")},
    {"no heads", "unet/config.json", setKey("attention_head_dim", "0")},
    {"a billion layers", "unet/config.json", setKey("layers_per_block", "1000000000")},
    {"text size of another model", "unet/config.json", setKey("cross_attention_dim", "768")},
    {"sample size of a million", "unet/config.json", setKey("sample_size", "1000000")},
    {"sample size negative", "unet/config.json", setKey("sample_size", "-1")},
    {"no VAE groups", "vae/config.json", setKey("norm_num_groups", "0")},
    {"VAE scale 0", "vae/config.json", setKey("scaling_factor", "0")},
    {"VAE scale in words", "vae/config.json", setKey("scaling_factor", "\"much\"")},
    {"VAE of 16 latent channels", "vae/config.json", setKey("latent_channels", "16")},
    {"text encoder without positions", "text_encoder/config.json", setKey("max_position_embeddings", "0")},
    {"text encoder with a billion words", "text_encoder/config.json", setKey("vocab_size", "1000000000")},
    {"scheduler config missing", "scheduler/scheduler_config.json", removed},
    {"scheduler of no steps", "scheduler/scheduler_config.json", setKey("num_train_timesteps", "0")},
    {"scheduler of a billion steps", "scheduler/scheduler_config.json", setKey("num_train_timesteps", "1000000000")},
    {"scheduler with impossible betas", "scheduler/scheduler_config.json", setKey("beta_start", "7")},
    {"scheduler that predicts nonsense", "scheduler/scheduler_config.json", setKey("prediction_type", "\"nonsense\""), 4},
    // The tokenizer.
    {"vocabulary missing", "tokenizer/vocab.json", removed},
    {"vocabulary is a list", "tokenizer/vocab.json", content("[1, 2]")},
    {"vocabulary with huge ids", "tokenizer/vocab.json", setKey("a", "1e300")},
    {"merges missing", "tokenizer/merges.txt", removed},
    {"merges are no merges", "tokenizer/merges.txt", hex("fffe00206e6f6e73656e7365")},
    // pentimento.json, which this model has not.
    {"notes are no JSON", "pentimento.json", content("{\"name\": ")},
    {"native size of a billion", "pentimento.json", content("{\"native_size\": 1000000000}")},
    {"modes are a list", "pentimento.json", content("{\"modes\": []}")},
};

} // namespace

class TestDamagedModel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void wholeModelWorks();
    void damaged_data();
    void damaged();

private:
    Program::Run edit() const;

    Program m_program;
};

Program::Run TestDamagedModel::edit() const
{
    return m_program.run(
        QStringLiteral("inpaint --image picture.png --mask mask.png --output out.png --steps 2 --size 64 --model ./model")
            .split(QLatin1Char(' ')));
}

void TestDamagedModel::initTestCase()
{
    QVERIFY(m_program.preparePictures());
    const QDir source(QStringLiteral(PENTIMENTO_SOURCE_DIR "/tests/reference/sd15-inpaint"));
    QDirIterator files(source.path(), QDir::Files, QDirIterator::Subdirectories);
    while (files.hasNext()) {
        const QString from = files.next();
        const QString to = m_program.path(QStringLiteral("model/") + source.relativeFilePath(from));
        QVERIFY(QDir().mkpath(QFileInfo(to).path()) && QFile::copy(from, to));
        QVERIFY(QFile::setPermissions(to, QFile::ReadOwner | QFile::WriteOwner));
    }
}

void TestDamagedModel::wholeModelWorks()
{
    const Program::Run run = edit();
    QVERIFY2(run.status == 0, qPrintable(run.err));
    QVERIFY(QFile::remove(m_program.path(QStringLiteral("out.png"))));
}

void TestDamagedModel::damaged_data()
{
    QTest::addColumn<int>("index");
    int index = 0;
    for (const Row& row : rows)
        QTest::newRow(row.name) << index++;
}

void TestDamagedModel::damaged()
{
    QFETCH(int, index);
    const Row& row = rows[index];
    const QString file = QStringLiteral("model/") + QString::fromLatin1(row.file);
    const bool there = QFile::exists(m_program.path(file));
    const QByteArray whole = m_program.read(file);
    const QByteArray broken = row.damage(whole);
    QVERIFY(broken != whole);
    if (broken.isNull())
        QVERIFY(QFile::remove(m_program.path(file)));
    else
        m_program.write(file, broken);

    const QStringList before = m_program.contents();
    const Program::Run run = edit();
    const QStringList after = m_program.contents();
    if (there)
        m_program.write(file, whole);
    else
        QVERIFY(QFile::remove(m_program.path(file)));

    QVERIFY2(run.status == row.status, qPrintable(QStringLiteral("status %1: %2").arg(run.status).arg(run.err)));
    QVERIFY2(run.err.startsWith(QLatin1String("pentimento: error: ")), qPrintable(run.err));
    QCOMPARE(run.err.count(QLatin1String("error:")), 1);
    QCOMPARE(run.err.count(QLatin1Char('\n')), 1);
    QVERIFY2(run.err.contains(QLatin1String("): ")), qPrintable(run.err)); // WHERE, and then what to do
    QVERIFY2(run.err.contains(QLatin1String("model")), qPrintable(run.err));
    QCOMPARE(run.out, QString());
    QCOMPARE(after, before);
}

QTEST_GUILESS_MAIN(TestDamagedModel)
#include "tst_damaged_model.moc"
