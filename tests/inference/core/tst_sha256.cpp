// SPDX-License-Identifier: Apache-2.0
#include "inference/core/sha256.h"

#include <QCryptographicHash>
#include <QTest>

#include <random>

using namespace pentimento;

/// SHA-256 beside the standard's own examples and Qt's implementation.
class TestSha256 : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void publishedExamples()
    {
        QCOMPARE(Sha256().hex(), std::string("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"));
        Sha256 abc;
        abc.add("abc", 3);
        QCOMPARE(abc.hex(), std::string("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }

    void piecesGiveWhatTheWholeGives()
    {
        std::mt19937 random(1);
        QByteArray bytes(100000, '\0');
        for (char& byte : bytes)
            byte = static_cast<char>(random());
        Sha256 hash;
        for (qsizetype at = 0; at < bytes.size();) {
            const qsizetype piece = std::min<qsizetype>(random() % 5000, bytes.size() - at);
            hash.add(bytes.constData() + at, static_cast<std::size_t>(piece));
            at += piece;
        }
        QCOMPARE(QByteArray::fromStdString(hash.hex()), QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
    }
};

QTEST_APPLESS_MAIN(TestSha256)
#include "tst_sha256.moc"
