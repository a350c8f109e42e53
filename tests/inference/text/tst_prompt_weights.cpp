// SPDX-License-Identifier: Apache-2.0
#include "inference/text/prompt_weights.h"

#include <QTest>

using namespace pentimento;

/// Emphasis in prompts, as people know it.
class TestPromptWeights : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void parses_data();
    void parses();
    void breaksStandAlone();
};

namespace {

QString shown(const std::vector<WeightedText>& pieces)
{
    QStringList list;
    for (const WeightedText& piece : pieces)
        list << (piece.breaks ? QStringLiteral("BREAK")
                              : QStringLiteral("%1|%2").arg(QString::fromStdString(piece.text)).arg(piece.weight, 0, 'g', 5));
    return list.join(QStringLiteral(" / "));
}

} // namespace

void TestPromptWeights::parses_data()
{
    QTest::addColumn<QString>("prompt");
    QTest::addColumn<QString>("pieces");
    const auto row = [](const char* prompt, const char* pieces) {
        QTest::newRow(prompt) << QString::fromUtf8(prompt) << QString::fromUtf8(pieces);
    };
    row("", "");
    row("a cat", "a cat|1");
    row("an (important) word", "an |1 / important|1.1 /  word|1");
    row("(unnecessary)(parens)", "unnecessaryparens|1.1");
    row("an [unimportant] word", "an |1 / unimportant|0.90909 /  word|1");
    row("a (red:1.3) house", "a |1 / red|1.3 /  house|1");
    row("a (red: 1.3 ) house", "a |1 / red|1.3 /  house|1");
    row("((twice))", "twice|1.21");
    row("(a [b] c:1.5)", "a |1.5 / b|1.3636 /  c|1.5");
    row("(never closed", "never closed|1.1");
    row("[never closed", "never closed|0.90909");
    row("closed too often))", "closed too often))|1");
    row("literal \\(brackets\\)", "literal (brackets)|1");
    row("a back\\\\slash", "a back\\slash|1");
    row("ratio 1:2", "ratio 1:2|1");
    row("(no number:here)", "no number:here|1.1");
    row("(far too much:1000)", "far too much|10");
    row("(against:-0.5)", "against|-0.5");
    row("(not a number:nan)", "not a number:nan|1.1");
    row("BREAKFAST", "BREAKFAST|1");
    row("\xe7\x8c\xab (\xe7\x8a\xac:1.2)", "\xe7\x8c\xab |1 / \xe7\x8a\xac|1.2");
}

void TestPromptWeights::parses()
{
    QFETCH(QString, prompt);
    QFETCH(QString, pieces);
    QCOMPARE(shown(parsePromptWeights(prompt.toStdString())), pieces);
}

void TestPromptWeights::breaksStandAlone()
{
    QCOMPARE(shown(parsePromptWeights("a cat BREAK a (dog:1.2)")), QStringLiteral("a cat |1 / BREAK /  a |1 / dog|1.2"));
}

QTEST_APPLESS_MAIN(TestPromptWeights)
#include "tst_prompt_weights.moc"
