// SPDX-License-Identifier: Apache-2.0
#include "inference/api/error.h"
#include "inference/io/embedding_file.h"
#include "inference/io/embedding_search.h"
#include "inference/io/safetensors_writer.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <limits>
#include <numeric>

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

struct Table {
    const char* name;
    std::vector<std::int64_t> shape;
    float first = 0; ///< its values count up from here
};

fs::path written(const TemporaryFolder& folder, const std::vector<Table>& tables)
{
    std::vector<TensorData> data;
    for (const Table& table : tables) {
        std::vector<float> values(static_cast<std::size_t>(
            std::accumulate(table.shape.begin(), table.shape.end(), std::int64_t{1}, std::multiplies<>())));
        std::iota(values.begin(), values.end(), table.first);
        data.push_back(tensorData(table.name, table.shape, values.data()));
    }
    const fs::path file = folder.path() / "word.safetensors";
    writeSafetensors(file, data);
    return file;
}

std::string refusal(const fs::path& file)
{
    try {
        const EmbeddingFile embedding(file);
        embedding.values(0);
    } catch (const Exception& e) {
        return e.error().code == ErrorCode::BadInput ? formatError(e.error()) : std::string();
    }
    return {};
}

} // namespace

class TestEmbeddingFile : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void kohya();
    void diffusersVector();
    void diffusersTable();
    void xl();
    void others_data();
    void others();
    void notANumber();
    void pickle();
    void search();
};

void TestEmbeddingFile::kohya()
{
    const TemporaryFolder folder;
    const EmbeddingFile file(written(folder, {{"emb_params", {2, 3}, 10}}));
    QCOMPARE(file.vectors(), std::int64_t{2});
    QCOMPARE(file.widths(), std::vector<std::int64_t>{3});
    QCOMPARE(file.values(0), (std::vector<float>{10, 11, 12, 13, 14, 15}));
    QVERIFY(file.token().empty());
}

void TestEmbeddingFile::diffusersVector()
{
    const TemporaryFolder folder;
    const EmbeddingFile file(written(folder, {{"<cat-toy>", {4}, 1}}));
    QCOMPARE(file.vectors(), std::int64_t{1});
    QCOMPARE(file.widths(), std::vector<std::int64_t>{4});
    QCOMPARE(file.token(), std::string("<cat-toy>"));
    QCOMPARE(file.values(0), (std::vector<float>{1, 2, 3, 4}));
}

void TestEmbeddingFile::diffusersTable()
{
    const TemporaryFolder folder;
    const EmbeddingFile file(written(folder, {{"<cat-toy>", {3, 2}, 1}}));
    QCOMPARE(file.vectors(), std::int64_t{3});
    QCOMPARE(file.widths(), std::vector<std::int64_t>{2});
}

// The first encoder's table first, whatever the file's order.
void TestEmbeddingFile::xl()
{
    const TemporaryFolder folder;
    const EmbeddingFile file(written(folder, {{"clip_g", {2, 3}, 100}, {"clip_l", {2, 2}, 1}}));
    QCOMPARE(file.vectors(), std::int64_t{2});
    QCOMPARE(file.widths(), (std::vector<std::int64_t>{2, 3}));
    QCOMPARE(file.values(0), (std::vector<float>{1, 2, 3, 4}));
    QCOMPARE(file.values(1).front(), 100.0F);
}

void TestEmbeddingFile::others_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("LoRA") << 0 << QByteArray("a LoRA");
    QTest::newRow("different counts") << 1 << QByteArray("same number of vectors");
    QTest::newRow("three dimensions") << 2 << QByteArray("no table of vectors");
    QTest::newRow("no vectors") << 3 << QByteArray("no table of vectors");
    QTest::newRow("one number") << 4 << QByteArray("no table of vectors");
    QTest::newRow("several tensors") << 5 << QByteArray("this is no embedding");
}

void TestEmbeddingFile::others()
{
    QFETCH(int, kind);
    QFETCH(QByteArray, told);
    const std::vector<std::vector<Table>> tables = {{{"x.lora_down.weight", {1, 2}}, {"x.lora_up.weight", {2, 1}}},
                                                    {{"clip_l", {2, 2}}, {"clip_g", {1, 3}}},
                                                    {{"emb_params", {1, 1, 4}}},
                                                    {{"emb_params", {0, 4}}},
                                                    {{"word", {}}},
                                                    {{"a.b", {2, 2}}, {"c.d", {2, 2}}, {"e.f", {2, 2}}}};
    const TemporaryFolder folder;
    const std::string text = refusal(written(folder, tables[static_cast<std::size_t>(kind)]));
    QVERIFY2(text.find(told.constData()) != std::string::npos && text.find("word.safetensors") != std::string::npos,
             text.c_str());
}

void TestEmbeddingFile::notANumber()
{
    const TemporaryFolder folder;
    const std::string text = refusal(written(folder, {{"emb_params", {1, 2}, std::numeric_limits<float>::quiet_NaN()}}));
    QVERIFY2(text.find("no number") != std::string::npos, text.c_str());
}

void TestEmbeddingFile::pickle()
{
    const TemporaryFolder folder;
    writeText(folder.path() / "word.pt", "x");
    QVERIFY(refusal(folder.path() / "word.pt").find("pickle") != std::string::npos);
}

void TestEmbeddingFile::search()
{
    const TemporaryFolder folder;
    fs::create_directories(folder.path() / "negative");
    for (const char* name : {"b.safetensors", "negative/a.SAFETENSORS", "old.pt", "preview.png", "notes.txt"})
        writeText(folder.path() / name, "x");
    qputenv("PENTIMENTO_EMBEDDINGS", folder.path().c_str());
    const std::vector<fs::path> files = embeddingFiles();
    qunsetenv("PENTIMENTO_EMBEDDINGS");
    QCOMPARE(files.size(), std::size_t{3});
    QCOMPARE(files[0], folder.path() / "b.safetensors");
    QCOMPARE(files[1], folder.path() / "negative/a.SAFETENSORS");
    QCOMPARE(files[2], folder.path() / "old.pt");
}

QTEST_APPLESS_MAIN(TestEmbeddingFile)
#include "tst_embedding_file.moc"
