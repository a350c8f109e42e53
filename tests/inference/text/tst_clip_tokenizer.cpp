// SPDX-License-Identifier: Apache-2.0
#include "inference/text/clip_tokenizer.h"

#include "inference/api/error.h"
#include "inference/core/json.h"
#include "inference/io/safetensors_reader.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <cstring>

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

const fs::path reference = fs::path(PENTIMENTO_SOURCE_DIR) / "tests" / "reference";
const fs::path starter = fs::path(PENTIMENTO_SOURCE_DIR) / "resources" / "models" / "starter";

std::vector<std::int64_t> row(const TensorEntry& ids, std::size_t index)
{
    std::vector<std::int64_t> values(77);
    std::memcpy(values.data(), ids.data + index * 77 * sizeof(std::int64_t), 77 * sizeof(std::int64_t));
    return values;
}

/// A vocabulary of single bytes and a few merges, so that expected ids can be written down.
void writeTinyTokenizer(const fs::path& folder, const std::string& padding)
{
    Json vocabulary = {{"a", 0},
                       {"b", 1},
                       {"a</w>", 2},
                       {"b</w>", 3},
                       {"ab</w>", 4},
                       {"!", 5},
                       {"!</w>", 6},
                       {"aa", 7},
                       {"aab</w>", 8},
                       {"'", 9},
                       {"s</w>", 10},
                       {"<|startoftext|>", 20},
                       {"<|endoftext|>", 21}};
    writeText(folder / "vocab.json", vocabulary.dump());
    writeText(folder / "merges.txt", "#version: 0.2\na b</w>\na a\naa b</w>\n");
    writeText(folder / "special_tokens_map.json", Json({{"pad_token", padding}}).dump());
}

using Ids = std::vector<std::int64_t>;

} // namespace

class ClipTokenizerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void matchesTheReferencePrompts()
    {
        const ClipTokenizer tokenizer(reference / "sd15-inpaint" / "tokenizer");
        const Json info = readJsonFile(reference / "info.json");
        const SafetensorsFile file(reference / "sd15.safetensors");
        const TensorEntry* ids = file.find("tokens.ids");
        QVERIFY(ids);
        QCOMPARE(ids->shape.at(0), static_cast<std::int64_t>(info.at("prompts").size()));
        for (std::size_t i = 0; i < info.at("prompts").size(); ++i)
            QCOMPARE(tokenizer.encodePadded(info.at("prompts")[i].get<std::string>()), row(*ids, i));
    }

    void matchesTheStartersGoldenRuns()
    {
        const ClipTokenizer tokenizer(starter / "tokenizer");
        const Json golden = readJsonFile(starter / "golden.json");
        const SafetensorsFile file(starter / "golden.safetensors");
        for (const auto& [name, run] : golden.at("runs").items()) {
            const TensorEntry* ids = file.find(name + ".tokens");
            QVERIFY(ids);
            QCOMPARE(tokenizer.encodePadded(run.at("prompt").get<std::string>()), row(*ids, 0));
        }
    }

    void mergesByRankAndMarksTheEndOfAWord()
    {
        const TemporaryFolder folder;
        writeTinyTokenizer(folder.path(), "<|endoftext|>");
        const ClipTokenizer tokenizer(folder.path());
        QCOMPARE(tokenizer.encode("a"), Ids({2}));
        QCOMPARE(tokenizer.encode("ab"), Ids({4}));
        QCOMPARE(tokenizer.encode("aab"), Ids({0, 4})); // "a b</w>" ranks before "a a"
        QCOMPARE(tokenizer.encode("aaab"), Ids({7, 4}));
        QCOMPARE(tokenizer.encode("a b\t\n a"), Ids({2, 3, 2}));
        QCOMPARE(tokenizer.encode("AB"), Ids({4}));
        QCOMPARE(tokenizer.encode("a's"), Ids({2, 9, 10}));
    }

    void unknownBytesBecomeTheUnknownToken()
    {
        const TemporaryFolder folder;
        writeTinyTokenizer(folder.path(), "<|endoftext|>");
        const ClipTokenizer tokenizer(folder.path());
        QCOMPARE(tokenizer.encode("az"), Ids({0, 21}));
        QCOMPARE(tokenizer.encode("\xff"), Ids({21, 21, 21})); // U+FFFD has three bytes
    }

    void specialTokensAreSplitOutFirst()
    {
        const TemporaryFolder folder;
        writeTinyTokenizer(folder.path(), "!");
        const ClipTokenizer tokenizer(folder.path());
        QCOMPARE(tokenizer.encode("ab<|endoftext|>ab"), Ids({4, 21, 4}));
        QCOMPARE(tokenizer.encodePadded("a", 5), Ids({20, 2, 21, 5, 5}));
        QCOMPARE(tokenizer.encode("a!"), Ids({2, 5})); // the padding token is a special token too
    }

    void truncatesToTheLengthAsked()
    {
        const TemporaryFolder folder;
        writeTinyTokenizer(folder.path(), "<|endoftext|>");
        const ClipTokenizer tokenizer(folder.path());
        QCOMPARE(tokenizer.encodePadded("a b a b a b", 5), Ids({20, 2, 3, 2, 21}));
        QCOMPARE(tokenizer.encodePadded("", 3), Ids({20, 21, 21}));
    }

    void longWordsAreEncodedQuickly()
    {
        const ClipTokenizer tokenizer(starter / "tokenizer");
        const std::string word(2'000'000, 'a'); // a quadratic encoder would run into the test's time limit
        QVERIFY(!tokenizer.encode(word).empty());
    }

    void damagedFilesAreNamed_data()
    {
        QTest::addColumn<QByteArray>("file");
        QTest::addColumn<QByteArray>("content");
        QTest::newRow("vocabulary is a list") << QByteArray("vocab.json") << QByteArray("[1, 2]");
        QTest::newRow("vocabulary is cut") << QByteArray("vocab.json") << QByteArray("{\"a\": 1");
        QTest::newRow("id is a text") << QByteArray("vocab.json") << QByteArray("{\"a\": \"1\"}");
        QTest::newRow("id is huge") << QByteArray("vocab.json") << QByteArray("{\"a\": 18446744073709551615}");
        QTest::newRow("no special tokens") << QByteArray("vocab.json") << QByteArray("{\"a\": 1}");
        QTest::newRow("merge without space") << QByteArray("merges.txt") << QByteArray("ab\n");
        QTest::newRow("merge of the unknown") << QByteArray("merges.txt") << QByteArray("x y\n");
    }

    void damagedFilesAreNamed()
    {
        QFETCH(QByteArray, file);
        QFETCH(QByteArray, content);
        const TemporaryFolder folder;
        writeTinyTokenizer(folder.path(), "<|endoftext|>");
        writeText(folder.path() / file.toStdString(), content.toStdString());
        try {
            const ClipTokenizer tokenizer(folder.path());
            QFAIL("accepted");
        } catch (const Exception& e) {
            QCOMPARE(e.error().code, ErrorCode::BadInput);
            QVERIFY(e.error().where.find(file.toStdString()) != std::string::npos);
        }
    }

    /// CLIP's own vocabulary is got by packaging/clip-vocabulary.sh, which test.sh calls, not kept here.
    void knowsTheRealVocabulary()
    {
        const fs::path folder = fs::path(PENTIMENTO_SOURCE_DIR) / "resources" / "tokenizer" / "clip";
        if (!fs::exists(folder / "vocab.json"))
            QSKIP("CLIP's vocabulary is not there: packaging/clip-vocabulary.sh gets it");
        const ClipTokenizer tokenizer(folder);
        QCOMPARE(tokenizer.encodePadded("a photo of a cat", 9), Ids({49406, 320, 1125, 539, 320, 2368, 49407, 49407, 49407}));
        QCOMPARE(tokenizer.encode("a photo of a dog!"), Ids({320, 1125, 539, 320, 1929, 256}));
        const ClipTokenizer openClip(folder, "!");
        QCOMPARE(openClip.encodePadded("a photo of a cat", 9), Ids({49406, 320, 1125, 539, 320, 2368, 49407, 0, 0}));
    }
};

QTEST_GUILESS_MAIN(ClipTokenizerTest)
#include "tst_clip_tokenizer.moc"
