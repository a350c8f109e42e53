// SPDX-License-Identifier: Apache-2.0
#include "app/window/candidate_list.h"

#include <QTest>

using namespace pentimento;

namespace {

QImage whitePicture()
{
    QImage picture(100, 80, QImage::Format_RGB888);
    picture.fill(Qt::white);
    return picture;
}

JobVariant candidate(quint64 seed)
{
    JobVariant variant;
    variant.rect = {10, 20, 30, 20};
    variant.pixels = QImage(30, 20, QImage::Format_RGB888);
    variant.pixels.fill(Qt::red);
    variant.alpha = QImage(30, 20, QImage::Format_Grayscale8);
    variant.alpha.fill(0);
    for (int x = 5; x < 25; ++x)
        variant.alpha.scanLine(10)[x] = 90;
    variant.base = whitePicture().copy(variant.rect);
    variant.seed = seed;
    return variant;
}

} // namespace

class CandidatesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theNewestIsShownAndOthersAreReached()
    {
        CandidateList list;
        QVERIFY(!list.shown());
        list.next();
        list.discardShown();
        for (const quint64 seed : {1, 2, 3})
            list.add(candidate(seed));
        QCOMPARE(list.shown()->seed, quint64(3));
        list.next();
        QCOMPARE(list.index(), 2);
        list.previous();
        list.previous();
        list.previous();
        QCOMPARE(list.shown()->seed, quint64(1));
        list.show(17);
        QCOMPARE(list.index(), 0);
        list.add(candidate(4));
        QCOMPARE(list.shown()->seed, quint64(4));
    }

    void discardShowsANeighbour()
    {
        CandidateList list;
        for (const quint64 seed : {1, 2, 3})
            list.add(candidate(seed));
        list.show(1);
        list.discardShown();
        QCOMPARE(list.shown()->seed, quint64(3));
        list.discardShown();
        QCOMPARE(list.shown()->seed, quint64(1));
        list.discardShown();
        QVERIFY(list.isEmpty());
        QCOMPARE(list.index(), -1);
    }

    void keptOnlyWhereThePictureIsAsItWas()
    {
        CandidateList list;
        QImage picture = whitePicture();
        QVERIFY(!list.canKeep(picture));
        list.add(candidate(1));
        QVERIFY(list.canKeep(picture));
        picture.setPixelColor(90, 70, Qt::blue); // elsewhere
        picture.setPixelColor(12, 22, Qt::blue); // inside the box, where the patch is without effect
        QVERIFY(list.canKeep(picture));
        picture.setPixelColor(20, 30, Qt::blue);
        QVERIFY(!list.canKeep(picture));
        picture.setPixelColor(20, 30, Qt::white); // undone
        QVERIFY(list.canKeep(picture));
        QVERIFY(!list.canKeep(picture.copy(0, 0, 20, 20)));
        QVERIFY(!list.canKeep(picture.convertToFormat(QImage::Format_RGBA8888)));
    }
};

QTEST_GUILESS_MAIN(CandidatesTest)
#include "tst_candidates.moc"
