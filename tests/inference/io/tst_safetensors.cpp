// SPDX-License-Identifier: Apache-2.0
#include "inference/io/safetensors_reader.h"

#include "inference/api/error.h"
#include "inference/core/files.h"
#include "inference/io/safetensors_writer.h"
#include "inference/io/tensor_store.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <cstring>
#include <random>

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

std::string fileWith(const std::string& header, std::size_t dataBytes)
{
    std::string file(8, 0);
    for (std::size_t i = 0; i < 8; ++i)
        file[i] = static_cast<char>(header.size() >> (8 * i));
    return file + header + std::string(dataBytes, 1);
}

/// The error of reading `content`; code Internal when it was accepted.
Error refusal(const std::string& content)
{
    const TemporaryFolder folder;
    const fs::path file = folder.path() / "hostile.safetensors";
    writeText(file, content);
    try {
        const SafetensorsFile opened(file);
        return {};
    } catch (const Exception& e) {
        return e.error();
    }
}

std::string tensorHeader(const char* dtype, const char* shape, const char* offsets)
{
    return std::string(R"({"weight":{"dtype":")") + dtype + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

void writeWeights(const fs::path& file, const std::string& name)
{
    const float value = 1.5F;
    writeSafetensors(file, {tensorData(name, {1}, &value)});
}

} // namespace

class SafetensorsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsWrittenIsRead()
    {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "dump.safetensors";
        const float floats[6] = {1, -2, 3.5F, 0, 1e-20F, 7};
        const double doubles[2] = {0.1, 999.0};
        const std::int64_t whole[1] = {49407};
        writeSafetensors(file, {tensorData("latents", {1, 2, 3}, floats), tensorData("timesteps", {2}, doubles),
                                tensorData("tokens.ids", {}, whole), tensorData("none", {0, 4}, floats)});
        const SafetensorsFile read(file);
        QCOMPARE(read.tensors().size(), std::size_t{4});
        const TensorEntry* latents = read.find("latents");
        QVERIFY(latents && latents->dtype == Dtype::F32);
        QCOMPARE(latents->shape, std::vector<std::int64_t>({1, 2, 3}));
        QCOMPARE(std::memcmp(latents->data, floats, sizeof floats), 0);
        QCOMPARE(std::memcmp(read.find("timesteps")->data, doubles, sizeof doubles), 0);
        QCOMPARE(read.find("tokens.ids")->elements(), std::uint64_t{1});
        QCOMPARE(read.find("none")->bytes, std::size_t{0});
        QVERIFY(!read.find("latent"));
    }

    void everyKnownTypeIsRead()
    {
        for (const Dtype dtype :
             {Dtype::F64, Dtype::F32, Dtype::F16, Dtype::BF16, Dtype::F8E4M3, Dtype::F8E5M2, Dtype::I64, Dtype::I32, Dtype::I16,
              Dtype::I8, Dtype::U64, Dtype::U32, Dtype::U16, Dtype::U8, Dtype::Bool}) {
            const std::size_t bytes = 3 * dtypeSize(dtype);
            const std::string header = tensorHeader(dtypeName(dtype), "[3]", ("[0," + std::to_string(bytes) + "]").c_str());
            QCOMPARE(refusal(fileWith(header, bytes)).what, std::string());
        }
    }

    void metadataIsRead()
    {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "a.safetensors";
        writeText(file, fileWith(R"({"__metadata__":{"format":"pt"}})", 0));
        const SafetensorsFile read(file);
        QCOMPARE(read.metadata().at("format"), std::string("pt"));
        QVERIFY(read.tensors().empty());
    }

    void hostileFilesAreRefused_data()
    {
        QTest::addColumn<QByteArray>("content");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* name, const std::string& content, const char* expected) {
            QTest::newRow(name) << QByteArray::fromStdString(content) << QByteArray(expected);
        };
        row("empty", "", "empty");
        row("a few bytes", "abc", "3 bytes");
        row("header of 2^63 bytes", std::string("\0\0\0\0\0\0\0\x80{}", 10), "header would have");
        row("header cut off", fileWith("{}", 0).substr(0, 9), "1 bytes of the header are missing");
        row("no JSON", fileWith("{\"a\":", 0), "header is damaged");
        row("a list", fileWith("[]", 0), "no JSON object");
        row("deep", fileWith(std::string(100000, '['), 0), "nested too deeply");
        row("name twice",
            fileWith(R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                     R"("a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}})",
                     2),
            "twice");
        row("entry is a number", fileWith(R"({"weight":1})", 0), "no JSON object");
        row("unknown type", fileWith(tensorHeader("Q4", "[1]", "[0,1]"), 1), "unknown");
        row("no type", fileWith(R"({"weight":{"shape":[],"data_offsets":[0,1]}})", 1), "dtype");
        row("negative side", fileWith(tensorHeader("U8", "[-1]", "[0,1]"), 1), "shape");
        row("fractional side", fileWith(tensorHeader("U8", "[1.5]", "[0,1]"), 1), "shape");
        row("side is a text", fileWith(tensorHeader("U8", "[\"1\"]", "[0,1]"), 1), "shape");
        row("product overflows", fileWith(tensorHeader("F32", "[4294967296,4294967296,4294967296]", "[0,0]"), 0), "do not give");
        row("side above 2^63", fileWith(tensorHeader("U8", "[18446744073709551615]", "[0,1]"), 1), "do not give");
        row("too many dimensions", fileWith(tensorHeader("U8", "[1,1,1,1,1,1,1,1,1]", "[0,1]"), 1), "dimensions");
        row("too few bytes", fileWith(tensorHeader("F32", "[2]", "[0,4]"), 4), "do not give");
        row("range backwards", fileWith(tensorHeader("U8", "[1]", "[1,0]"), 1), "no range");
        row("range of three", fileWith(tensorHeader("U8", "[1]", "[0,1,2]"), 1), "no range");
        row("range of 2^64", fileWith(tensorHeader("U8", "[1]", "[18446744073709551614,18446744073709551615]"), 1),
            "GB are missing");
        row("much is missing", fileWith(tensorHeader("U8", "[2578823]", "[0,2578823]"), 3), ", 2.6 MB are missing");
        row("truncated", fileWith(tensorHeader("F32", "[100]", "[0,400]"), 123), "277 bytes are missing");
        row("overlap",
            fileWith(R"({"weight":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                     R"("b":{"dtype":"U8","shape":[4],"data_offsets":[3,7]}})",
                     7),
            "overlaps");
    }

    void hostileFilesAreRefused()
    {
        QFETCH(QByteArray, content);
        QFETCH(QByteArray, expected);
        const Error error = refusal(content.toStdString());
        QCOMPARE(error.code, ErrorCode::BadInput);
        QVERIFY2(error.what.find(expected.toStdString()) != std::string::npos, error.what.c_str());
        QVERIFY(error.where.find("hostile.safetensors") != std::string::npos);
        QVERIFY(!error.remedy.empty());
    }

    void damagedFilesNeverReachBeyondTheFile()
    {
        const TemporaryFolder folder;
        const float floats[8] = {};
        const fs::path file = folder.path() / "a.safetensors";
        writeSafetensors(file, {tensorData("a", {2, 2}, floats), tensorData("b", {4}, floats)});
        const std::string valid = readTextFile(file, 1 << 20);
        std::mt19937 random(40);
        int accepted = 0;
        for (int round = 0; round < 1000; ++round) {
            std::string content = valid;
            for (unsigned i = 1 + random() % 5; i > 0; --i) {
                constexpr std::string_view likely = "0123456789,[]{}\":-e.";
                const std::size_t at = random() % 4 == 0 ? random() % 8 : random() % content.size();
                content[at] = random() % 2 == 0 ? likely[random() % likely.size()] : static_cast<char>(random());
            }
            if (random() % 4 == 0)
                content.resize(random() % content.size());
            writeText(file, content);
            try {
                const SafetensorsFile read(file);
                unsigned sum = 0; // touches every byte: the sanitizers look on
                for (const TensorEntry& entry : read.tensors())
                    for (std::size_t i = 0; i < entry.bytes; ++i)
                        sum += std::to_integer<unsigned>(entry.data[i]);
                accepted += sum < 0xFFFFFFFFU ? 1 : 0;
            } catch (const Exception& e) {
                QCOMPARE(e.error().code, ErrorCode::BadInput);
            }
        }
        QVERIFY(accepted > 0); // changes of names and values do no harm
    }

    void weightsAreFoundInTheUsualPlaces()
    {
        const TemporaryFolder folder;
        const auto found = [&] { return weightFiles(folder.path(), "model"); };
        writeText(folder.path() / "pytorch_model.bin", "pickle");
        QVERIFY_THROWS_EXCEPTION(Exception, found());
        writeWeights(folder.path() / "model.fp16.safetensors", "a");
        QCOMPARE(found().front().filename(), fs::path("model.fp16.safetensors"));
        writeWeights(folder.path() / "model-2.safetensors", "b");
        writeWeights(folder.path() / "model-1.safetensors", "a");
        writeText(folder.path() / "model.safetensors.index.json",
                  R"({"weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}})");
        QCOMPARE(found().size(), std::size_t{2});
        writeWeights(folder.path() / "model.safetensors", "a");
        QCOMPARE(found(), std::vector<fs::path>({folder.path() / "model.safetensors"}));
    }

    void picklesAreRefusedWithTheReason()
    {
        const TemporaryFolder folder;
        writeText(folder.path() / "model.ckpt", "pickle");
        try {
            weightFiles(folder.path(), "model");
            QFAIL("accepted");
        } catch (const Exception& e) {
            QVERIFY(e.error().what.find("pickle") != std::string::npos);
            QVERIFY(e.error().where.find("model.ckpt") != std::string::npos);
        }
    }

    void anIndexMustNotLeadOutOfItsFolder_data()
    {
        QTest::addColumn<QByteArray>("index");
        QTest::newRow("parent") << QByteArray(R"({"weight_map": {"a": "../model.safetensors"}})");
        QTest::newRow("absolute") << QByteArray(R"({"weight_map": {"a": "/etc/model.safetensors"}})");
        QTest::newRow("a pickle") << QByteArray(R"({"weight_map": {"a": "model.bin"}})");
        QTest::newRow("a number") << QByteArray(R"({"weight_map": {"a": 1}})");
        QTest::newRow("missing file") << QByteArray(R"({"weight_map": {"a": "x.safetensors"}})");
        QTest::newRow("no map") << QByteArray("{}");
        QTest::newRow("a list") << QByteArray("[]");
    }

    void anIndexMustNotLeadOutOfItsFolder()
    {
        QFETCH(QByteArray, index);
        const TemporaryFolder folder;
        writeText(folder.path() / "model.safetensors.index.json", index.toStdString());
        QVERIFY_THROWS_EXCEPTION(Exception, weightFiles(folder.path(), "model"));
    }

    void scopesSeeWhatIsBelowThem()
    {
        const TemporaryFolder folder;
        const float value = 2;
        writeSafetensors(folder.path() / "a.safetensors", {tensorData("down.0.conv.weight", {1}, &value)});
        writeSafetensors(folder.path() / "b.safetensors", {tensorData("up.weight", {1}, &value)});
        const auto store = std::make_shared<const TensorStore>(
            std::vector<fs::path>{folder.path() / "a.safetensors", folder.path() / "b.safetensors"});
        const TensorScope scope = TensorScope(store).scope("down.0.").scope("conv.");
        QVERIFY(scope.has("weight") && !scope.has("bias"));
        QCOMPARE(&scope.require("weight"), store->find("down.0.conv.weight"));
        QCOMPARE(store->parameters(), std::uint64_t{2});
        try {
            scope.require("bias");
            QFAIL("found");
        } catch (const Exception& e) {
            QVERIFY(e.error().where.find("down.0.conv.bias") != std::string::npos);
        }
        QVERIFY_THROWS_EXCEPTION(Exception, TensorStore({folder.path() / "a.safetensors", folder.path() / "a.safetensors"}));
    }
};

QTEST_GUILESS_MAIN(SafetensorsTest)
#include "tst_safetensors.moc"
