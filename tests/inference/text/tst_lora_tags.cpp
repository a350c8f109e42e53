// SPDX-License-Identifier: Apache-2.0
#include "inference/text/lora_tags.h"

#include "inference/api/error.h"

#include <QtTest>

using namespace pentimento;

/// LoRAs as prompts and command lines name them.
class LoraTagsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tags_data()
    {
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("loras"); // "name=weight ..."
        QTest::newRow("none") << "a dog"
                              << "a dog"
                              << "";
        QTest::newRow("weight") << "a <lora:fur:0.7>dog"
                                << "a dog"
                                << "fur=0.7";
        QTest::newRow("no weight is 1") << "<lora:fur> a dog"
                                        << " a dog"
                                        << "fur=1";
        QTest::newRow("negative") << "a dog <lora:fur:-1.5>"
                                  << "a dog "
                                  << "fur=-1.5";
        QTest::newRow("plus and spaces") << "<lora:fur: +0.5 >"
                                         << ""
                                         << "fur=0.5";
        QTest::newRow("zero") << "<lora:fur:0>"
                              << ""
                              << "fur=0";
        QTest::newRow("two") << "<lora:fur:.5><lora:My style v1.2:2> dog"
                             << " dog"
                             << "fur=0.5 My style v1.2=2";
        QTest::newRow("not closed is text") << "a <lora:fur dog"
                                            << "a <lora:fur dog"
                                            << "";
        QTest::newRow("closed one after text") << "<b> (x:1.2) <lora:fur:1>"
                                               << "<b> (x:1.2) "
                                               << "fur=1";
        QTest::newRow("other brackets are text") << "<hypernet:fur:1>"
                                                 << "<hypernet:fur:1>"
                                                 << "";
        QTest::newRow("letters beyond ASCII")
            << QString::fromUtf8("<lora:müll:1>ä") << QString::fromUtf8("ä") << QString::fromUtf8("müll=1");
    }

    void tags()
    {
        QFETCH(QString, prompt);
        QFETCH(QString, text);
        QFETCH(QString, loras);
        const TaggedPrompt parsed = parseLoraTags(prompt.toStdString());
        QCOMPARE(QString::fromStdString(parsed.text), text);
        QStringList found;
        for (const LoraTag& tag : parsed.loras)
            found << QString::fromStdString(tag.name) + QLatin1Char('=') + QString::number(tag.weight);
        QCOMPARE(found.join(QLatin1Char(' ')), loras);
    }

    void senselessWeights_data()
    {
        QTest::addColumn<QString>("prompt");
        QTest::newRow("word") << "<lora:fur:strong>";
        QTest::newRow("empty") << "<lora:fur:>";
        QTest::newRow("two weights") << "<lora:fur:0.5:0.7>";
        QTest::newRow("NaN") << "<lora:fur:nan>";
        QTest::newRow("infinite") << "<lora:fur:inf>";
        QTest::newRow("unit") << "<lora:fur:70%>";
    }

    void senselessWeights()
    {
        QFETCH(QString, prompt);
        try {
            parseLoraTags(prompt.toStdString());
            QFAIL("it was accepted");
        } catch (const Exception& e) {
            QVERIFY(e.error().code == ErrorCode::BadInput);
            QVERIFY(QString::fromStdString(e.error().where).contains(QStringLiteral("<lora:fur")));
        }
    }

    void choices_data()
    {
        QTest::addColumn<QString>("option");
        QTest::addColumn<QString>("file"); // empty: refused
        QTest::addColumn<double>("weight");
        QTest::newRow("file") << "fur.safetensors"
                              << "fur.safetensors" << 1.0;
        QTest::newRow("weight") << "fur.safetensors:0.7"
                                << "fur.safetensors" << 0.7;
        QTest::newRow("negative") << "a/fur.safetensors:-1"
                                  << "a/fur.safetensors" << -1.0;
        QTest::newRow("name") << "fur:0.5"
                              << "fur" << 0.5;
        QTest::newRow("drive") << "C:\\loras\\fur.safetensors"
                               << "C:\\loras\\fur.safetensors" << 1.0;
        QTest::newRow("drive without an ending") << "C:\\loras\\fur"
                                                 << "C:\\loras\\fur" << 1.0;
        QTest::newRow("drive and weight") << "C:\\loras\\fur.safetensors:0.25"
                                          << "C:\\loras\\fur.safetensors" << 0.25;
        QTest::newRow("drive and slashes") << "d:/fur.safetensors:2"
                                           << "d:/fur.safetensors" << 2.0;
        QTest::newRow("colon in the name") << "a:b.safetensors"
                                           << "a:b.safetensors" << 1.0;
        QTest::newRow("colon in the name and weight") << "a:b.safetensors:3"
                                                      << "a:b.safetensors" << 3.0;
        QTest::newRow("word for a weight") << "fur.safetensors:strong"
                                           << "" << 0.0;
        QTest::newRow("no weight after the colon") << "fur.safetensors:"
                                                   << "" << 0.0;
        QTest::newRow("NaN") << "fur.safetensors:nan"
                             << "" << 0.0;
        QTest::newRow("infinite") << "fur.safetensors:1e999"
                                  << "" << 0.0;
        QTest::newRow("no file") << ":0.5"
                                 << "" << 0.0;
    }

    void choices()
    {
        QFETCH(QString, option);
        QFETCH(QString, file);
        QFETCH(double, weight);
        if (file.isEmpty()) {
            try {
                parseLoraChoice(option.toStdString(), "--lora");
                QFAIL("it was accepted");
            } catch (const Exception& e) {
                QVERIFY(e.error().code == ErrorCode::Usage);
                QCOMPARE(e.error().where, std::string("--lora"));
            }
            return;
        }
        const LoraChoice choice = parseLoraChoice(option.toStdString(), "--lora");
        QCOMPARE(QString::fromStdString(choice.path.string()), file);
        QCOMPARE(choice.weight, weight);
    }
};

QTEST_APPLESS_MAIN(LoraTagsTest)
#include "tst_lora_tags.moc"
