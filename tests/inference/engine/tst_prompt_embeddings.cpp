// SPDX-License-Identifier: Apache-2.0
#include "tests/support/lora_files.h"
#include "tests/support/reference_model.h"

#include "inference/engine/prompt_tokens.h"
#include "inference/engine/silent_sink.h"
#include "inference/io/number_formats.h"

#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;
namespace fs = std::filesystem;

/// Embeddings made of a model's own rows: a word that stands for them must give what the rows' own tokens give.
class TestPromptEmbeddings : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void init();
    void wordStandsForItsVectors_data();
    void wordStandsForItsVectors();
    void tokenInBrackets();
    void emphasisIsOfTheWhole();
    void nothingStays();
    void bothEncodersOfXl();
    void vectorsStayTogether();
    void longestWordWins();
    void pooledAtTheEndToken();
    void referenceIsLiteral();
    void refused_data();
    void refused();
    void brokenFilesThatNobodyNames();

private:
    /// The rows of these words' tokens in a text encoder's own table.
    at::Tensor rowsOf(const std::string& words, std::size_t encoder = 0) const;
    EncodedPrompt encoded(const std::string& prompt, bool reference = false) const;
    void use(const char* model);

    const ForwardContext m_context;
    std::shared_ptr<const LoadedModel> m_model;
    std::vector<at::Tensor> m_tables;
    std::unique_ptr<TemporaryFolder> m_folder;
};

void TestPromptEmbeddings::initTestCase()
{
    use("sd15-inpaint");
}

void TestPromptEmbeddings::init()
{
    m_folder = std::make_unique<TemporaryFolder>();
    qputenv("PENTIMENTO_EMBEDDINGS", m_folder->path().c_str());
}

void TestPromptEmbeddings::use(const char* model)
{
    const TemporaryFolder folder;
    const ModelParts parts = openModel(referenceModel(model, folder));
    m_model = loadModel(parts, m_context);
    m_tables.clear();
    for (const TextEncoderPart& text : parts.textEncoders) {
        const TensorMap& tensors = *text.network.tensors;
        const std::string bare = "embeddings.token_embedding.weight", name = tensors.has(bare) ? bare : "text_model." + bare;
        const TensorEntry& entry = *tensors.require(name).entry;
        m_tables.push_back(at::tensor(floatValues(entry, name), at::kFloat).reshape(entry.shape));
    }
}

at::Tensor TestPromptEmbeddings::rowsOf(const std::string& words, std::size_t encoder) const
{
    return m_tables[encoder].index_select(0, at::tensor(m_model->tokenizers[encoder].encode(words), at::kLong));
}

EncodedPrompt TestPromptEmbeddings::encoded(const std::string& prompt, bool reference) const
{
    Request request;
    request.prompt = prompt;
    request.reference = reference;
    DiffusionInputs inputs;
    SilentSink sink;
    addPrompts(*m_model, request, inputs, sink);
    return encodePrompt(m_model->networks.textEncoders, inputs.prompt, m_model->networks.textRules, m_context);
}

void TestPromptEmbeddings::wordStandsForItsVectors_data()
{
    QTest::addColumn<QString>("prompt");
    QTest::addColumn<QString>("meaning");
    QTest::newRow("alone") << "zebra"
                           << "red house";
    QTest::newRow("among others") << "a photo of a zebra, sunset"
                                  << "a photo of a red house, sunset";
    QTest::newRow("twice") << "zebra and zebra"
                           << "red house and red house";
    QTest::newRow("in other letters") << "a Zebra"
                                      << "a red house";
    QTest::newRow("part of a word") << "a zebrafish"
                                    << "a zebrafish";
}

void TestPromptEmbeddings::wordStandsForItsVectors()
{
    QFETCH(QString, prompt);
    QFETCH(QString, meaning);
    const at::Tensor expected = encoded(meaning.toStdString()).text;
    loraFile(*m_folder, {{"emb_params", rowsOf("red house")}}, "zebra");
    QVERIFY(at::equal(encoded(prompt.toStdString()).text, expected));
}

void TestPromptEmbeddings::tokenInBrackets()
{
    const at::Tensor expected = encoded("a red house").text;
    loraFile(*m_folder, {{"<cat-toy>", rowsOf("red house")}}, "learned_embeds");
    QVERIFY(at::equal(encoded("a <cat-toy>").text, expected));
    QVERIFY(at::equal(encoded("a learned_embeds").text, expected));
}

void TestPromptEmbeddings::emphasisIsOfTheWhole()
{
    const at::Tensor expected = encoded("a (red house:1.4) by the sea").text;
    loraFile(*m_folder, {{"emb_params", rowsOf("red house")}}, "zebra");
    QVERIFY(at::equal(encoded("a (zebra:1.4) by the sea").text, expected));
    QVERIFY(!at::equal(encoded("a zebra by the sea").text, expected));
}

void TestPromptEmbeddings::nothingStays()
{
    const at::Tensor before = encoded("a zebra").text;
    const fs::path file = loraFile(*m_folder, {{"emb_params", rowsOf("red house")}}, "zebra");
    QVERIFY(!at::equal(encoded("a zebra").text, before));
    fs::remove(file);
    QVERIFY(at::equal(encoded("a zebra").text, before));
}

void TestPromptEmbeddings::bothEncodersOfXl()
{
    use("sdxl-inpaint");
    const EncodedPrompt expected = encoded("a red house");
    loraFile(*m_folder, {{"clip_l", rowsOf("red house", 0)}, {"clip_g", rowsOf("red house", 1)}}, "zebra");
    const EncodedPrompt got = encoded("a zebra");
    QVERIFY(at::equal(got.text, expected.text));
    QVERIFY(at::equal(got.pooled, expected.pooled));
    use("sd15-inpaint");
}

// 74 tokens and two vectors: they begin the second chunk.
void TestPromptEmbeddings::vectorsStayTogether()
{
    std::string words;
    for (int i = 0; i < 74; ++i)
        words += "red ";
    QCOMPARE(m_model->tokenizers.front().encode(words).size(), std::size_t{74});
    const at::Tensor expected = encoded(words + "BREAK red house").text;
    QCOMPARE(expected.size(1), std::int64_t{2 * 77});
    loraFile(*m_folder, {{"emb_params", rowsOf("red house")}}, "zebra");
    QVERIFY(at::equal(encoded(words + "zebra").text, expected));
}

void TestPromptEmbeddings::longestWordWins()
{
    const at::Tensor both = encoded("a blue door, a red house").text;
    loraFile(*m_folder, {{"emb_params", rowsOf("red house")}}, "zebra");
    loraFile(*m_folder, {{"emb_params", rowsOf("blue door")}}, "zebra night");
    QVERIFY(at::equal(encoded("a zebra night, a zebra").text, both));
}

// Old configs find the end token as the highest id, which an embedding's must not be.
void TestPromptEmbeddings::pooledAtTheEndToken()
{
    CLIPTextConfig config;
    config.vocabSize = 50;
    config.hiddenSize = config.intermediateSize = 32;
    config.layers = 2;
    config.heads = 4;
    config.projection = 16;
    config.eosTokenId = 2;
    const auto random = randomWeights(9);
    auto source = std::make_shared<TensorSource>(*random);
    source->has = [](const std::string& name) { return !name.starts_with("text_model."); };
    const CLIPTextModel encoder = CLIPTextModel::load(config, Weights(source));
    const at::Tensor table = random->get("embeddings.token_embedding.weight", {50, 32});
    const at::Tensor plain = at::tensor(std::vector<std::int64_t>{48, 7, 8, 49, 0}, at::kLong).unsqueeze(0);
    const at::Tensor own = at::tensor(std::vector<std::int64_t>{48, 50, 51, 49, 0}, at::kLong).unsqueeze(0);
    const CLIPTextModel::Output a = encoder.forward(plain, m_context), b = encoder.forward(own, m_context, table.narrow(0, 7, 2));
    QVERIFY(at::equal(a.lastHiddenState, b.lastHiddenState));
    QVERIFY(at::equal(a.pooled, b.pooled));
}

void TestPromptEmbeddings::referenceIsLiteral()
{
    const at::Tensor before = encoded("a zebra", true).text;
    loraFile(*m_folder, {{"emb_params", rowsOf("red house")}}, "zebra");
    QVERIFY(at::equal(encoded("a zebra", true).text, before));
}

void TestPromptEmbeddings::refused_data()
{
    QTest::addColumn<QString>("kind");
    QTest::addColumn<QByteArray>("told");
    QTest::newRow("another family") << "wide" << QByteArray("width 768 (Stable Diffusion 1)");
    QTest::newRow("of XL") << "xl" << QByteArray("width 768 and 1280 (Stable Diffusion XL)");
    QTest::newRow("more vectors than a chunk takes") << "long" << QByteArray("76 vectors");
    QTest::newRow("pickle") << "pickle" << QByteArray("pickle");
    QTest::newRow("damaged") << "damaged" << QByteArray("safetensors");
}

void TestPromptEmbeddings::refused()
{
    QFETCH(QString, kind);
    QFETCH(QByteArray, told);
    if (kind == u"wide")
        loraFile(*m_folder, {{"emb_params", at::zeros({2, 768})}}, "zebra");
    else if (kind == u"xl")
        loraFile(*m_folder, {{"clip_l", at::zeros({2, 768})}, {"clip_g", at::zeros({2, 1280})}}, "zebra");
    else if (kind == u"long")
        loraFile(*m_folder, {{"emb_params", at::zeros({76, 32})}}, "zebra");
    else
        writeText(m_folder->path() / (kind == u"pickle" ? "zebra.pt" : "zebra.safetensors"), "x");
    try {
        encoded("a zebra");
        QFAIL("it was taken");
    } catch (const Exception& e) {
        const std::string text = formatError(e.error());
        QVERIFY(e.error().code == ErrorCode::BadInput);
        QVERIFY2(text.find(told.constData()) != std::string::npos && text.find("zebra.") != std::string::npos, text.c_str());
    }
}

void TestPromptEmbeddings::brokenFilesThatNobodyNames()
{
    const at::Tensor before = encoded("a <house>").text;
    writeText(m_folder->path() / "zebra.safetensors", "x");
    writeText(m_folder->path() / "horse.pt", "x");
    QVERIFY(at::equal(encoded("a <house>").text, before));
}

QTEST_APPLESS_MAIN(TestPromptEmbeddings)
#include "tst_prompt_embeddings.moc"
