// SPDX-License-Identifier: Apache-2.0
// The list of controls by itself: rows, drops, and what it asks its owner for.
#include "widgets/panels/control_list.h"

#include <QAbstractButton>
#include <QApplication>
#include <QComboBox>
#include <QDropEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QSignalSpy>
#include <QSlider>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QUrl>
#include <QVBoxLayout>

using namespace pentimento;

namespace {

const QString xlNet = QStringLiteral("/models/xl-canny"), sdNet = QStringLiteral("/models/sd-canny.safetensors");

QList<ControlNetChoice> choices()
{
    return {{QStringLiteral("xl-canny"), xlNet, QStringLiteral("sdxl"), QStringLiteral("SDXL"), {}},
            {QStringLiteral("sd-canny"), sdNet, QStringLiteral("sd1"), QStringLiteral("SD1"), {}}};
}

/// Whether it was taken.
bool drop(QWidget* on, const QStringList& files)
{
    QMimeData data;
    QList<QUrl> urls;
    for (const QString& file : files)
        urls += QUrl::fromLocalFile(file);
    data.setUrls(urls);
    QDragEnterEvent enter({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, {});
    enter.ignore();
    QCoreApplication::sendEvent(on, &enter);
    if (!enter.isAccepted())
        return false;
    QDropEvent event({5, 5}, Qt::CopyAction, &data, Qt::LeftButton, {});
    QCoreApplication::sendEvent(on, &event);
    return true;
}

struct Fixture {
    ControlList list;
    QSignalSpy edited{&list, &ControlList::edited};

    Fixture()
    {
        list.setChoices(choices(), QStringLiteral("~/models"));
        list.show();
    }
    void add() { list.findChild<QAbstractButton*>(QStringLiteral("addControl"))->click(); }
    QList<ControlRow*> rows() const
    {
        QCoreApplication::processEvents(); // new rows appear
        QList<ControlRow*> shown;
        for (ControlRow* row : list.findChildren<ControlRow*>()) {
            if (!row->isHidden())
                shown += row;
        }
        return shown;
    }
};

template <typename T> T* part(const ControlRow* row, const QString& accessibleName)
{
    for (T* widget : row->findChildren<T*>()) {
        if (widget->accessibleName() == accessibleName)
            return widget;
    }
    return nullptr;
}

QComboBox* looks(const ControlRow* row)
{
    return row->findChild<QComboBox*>(QStringLiteral("controlLook"));
}

QComboBox* models(const ControlRow* row)
{
    return row->findChild<QComboBox*>(QStringLiteral("controlModel"));
}

} // namespace

class ControlListTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNewRowTakesOneOfTheModelsFamily()
    {
        Fixture f;
        f.list.setFamily(QStringLiteral("sd1"));
        f.add();
        f.list.setFamily(QStringLiteral("sdxl"));
        f.add();
        f.list.setFamily(QStringLiteral("sd2")); // there is none: the first, and the engine says what is wrong
        f.add();
        QCOMPARE(f.edited.count(), 3);
        const QList<ControlSetting> controls = f.list.controls();
        QCOMPARE(controls.size(), 3);
        QCOMPARE(controls[0].model, sdNet);
        QCOMPARE(controls[1].model, xlNet);
        QCOMPARE(controls[2].model, xlNet);
        QCOMPARE(models(f.rows()[0])->currentText(), QStringLiteral("sd-canny"));
        QVERIFY(controls[0].look == ControlLook::Canny && controls[0].scale == 1 && controls[0].start == 0 &&
                controls[0].end == 100);
    }

    void rowsChangeTheirOwnNumbers()
    {
        Fixture f;
        f.add();
        f.add();
        const ControlRow* row = f.rows()[1];
        QTest::keyClick(row->findChild<QSlider*>(), Qt::Key_Left);
        part<QSpinBox>(row, QStringLiteral("Steers from"))->setValue(20);
        part<QSpinBox>(row, QStringLiteral("Steers until"))->setValue(70);
        looks(row)->setCurrentIndex(looks(row)->findText(QStringLiteral("Scribble")));
        models(row)->setCurrentIndex(1);
        QCOMPARE(f.edited.count(), 2 + 5);
        QCOMPARE(f.list.controls()[0], (ControlSetting{xlNet, ControlLook::Canny, {}, 1, 0, 100}));
        QCOMPARE(f.list.controls()[1], (ControlSetting{sdNet, ControlLook::Scribble, {}, 19 * 0.05, 20, 70}));
    }

    void theStartStaysBelowTheEnd()
    {
        Fixture f;
        f.add();
        auto* start = part<QSpinBox>(f.rows()[0], QStringLiteral("Steers from"));
        auto* end = part<QSpinBox>(f.rows()[0], QStringLiteral("Steers until"));
        end->setValue(40);
        start->setValue(90);
        QCOMPARE(f.list.controls()[0].start, 39);
        end->setValue(0);
        QCOMPARE(f.list.controls()[0].end, 40);
    }

    void theRightRowIsRemoved()
    {
        Fixture f;
        f.list.setControls({{sdNet, ControlLook::Lineart, {}, 0.5, 0, 100}, {xlNet, ControlLook::Inpaint, {}, 1, 10, 90}});
        QCOMPARE(f.edited.count(), 0);
        part<QAbstractButton>(f.rows()[0], QStringLiteral("Remove this control"))->click();
        QCOMPARE(f.edited.count(), 1);
        QCOMPARE(f.list.controls(), (QList<ControlSetting>{{xlNet, ControlLook::Inpaint, {}, 1, 10, 90}}));
        QCOMPARE(f.rows().size(), 1);
    }

    void whatIsDropped()
    {
        Fixture f;
        const QTemporaryDir folder;
        QVERIFY(drop(&f.list, {QStringLiteral("/nets/depth.SAFETENSORS"), QStringLiteral("/a/b.png"), folder.path()}));
        QCOMPARE(f.list.controls().size(), 2);
        QCOMPARE(f.list.controls()[0].model, QStringLiteral("/nets/depth.SAFETENSORS"));
        QCOMPARE(f.list.controls()[1].model, folder.path());
        QCOMPARE(models(f.rows()[0])->currentText(), QStringLiteral("depth"));  // though nobody has looked at it
        QVERIFY(!drop(&f.list, {QStringLiteral("/a/b.png")}));                  // the window opens it
        QVERIFY(drop(f.rows()[0], {QStringLiteral("/nets/pose.safetensors")})); // the list takes it
        QCOMPARE(f.list.controls().size(), 3);
        QCOMPARE(f.list.controls()[0].model, QStringLiteral("/nets/depth.SAFETENSORS"));

        QVERIFY(drop(f.rows()[1], {QStringLiteral("/a/edges.png")}));
        QCOMPARE(f.list.controls()[1].picture, QStringLiteral("/a/edges.png"));
        QVERIFY(f.list.controls()[1].look == ControlLook::Picture);
        QCOMPARE(looks(f.rows()[1])->currentText(), QStringLiteral("edges.png"));
        QVERIFY(f.list.controls()[0].picture.isEmpty());
    }

    void theLastEntriesAsk()
    {
        Fixture f;
        f.add();
        ControlRow* row = f.rows()[0];
        QSignalSpy model(&f.list, &ControlList::modelWanted), picture(&f.list, &ControlList::pictureWanted);
        models(row)->setCurrentIndex(models(row)->count() - 2);
        models(row)->setCurrentIndex(models(row)->count() - 1);
        QCOMPARE(model.count(), 2);
        QCOMPARE(model[0][1].toBool(), false);
        QCOMPARE(model[1][1].toBool(), true);
        looks(row)->setCurrentIndex(looks(row)->count() - 1);
        QCOMPARE(picture.count(), 1);
        // Nothing was chosen: nothing is changed, and keys do not get there.
        QTest::keyClick(looks(row), Qt::Key_End);
        QTest::keyClick(looks(row), Qt::Key_Down);
        QCOMPARE(picture.count(), 1);
        QVERIFY(f.list.controls()[0].look == ControlLook::Inpaint);
        QCOMPARE(f.list.controls()[0].model, xlNet);
        f.list.setPicture(row, QStringLiteral("/p/pose.png"));
        QVERIFY(f.list.controls()[0].look == ControlLook::Picture);
        looks(row)->setCurrentIndex(0);
        QVERIFY(f.list.controls()[0].look == ControlLook::Canny);
        looks(row)->setCurrentIndex(looks(row)->findText(QStringLiteral("pose.png"))); // is still there
        QVERIFY(f.list.controls()[0].look == ControlLook::Picture);
    }

    void oneIsShownOverTheCanvas()
    {
        Fixture f;
        f.add();
        f.add();
        QSignalSpy changed(&f.list, &ControlList::shownChanged);
        const auto eye = [&f](int row) { return part<QAbstractButton>(f.rows()[row], QStringLiteral("Show over the canvas")); };
        f.list.setModel(f.rows()[1], sdNet);
        QVERIFY(!f.list.shown());
        eye(0)->click();
        QCOMPARE(f.list.shown()->model, xlNet);
        eye(1)->click();
        QCOMPARE(f.list.shown()->model, sdNet);
        QVERIFY(!eye(0)->isChecked());
        QCOMPARE(changed.count(), 2);
        eye(1)->click();
        QVERIFY(!f.list.shown());
        eye(1)->click();
        part<QAbstractButton>(f.rows()[1], QStringLiteral("Remove this control"))->click();
        QVERIFY(!f.list.shown());
        QCOMPARE(changed.count(), 5);
    }

    void tabGoesThroughTheRowsInOrder()
    {
        QWidget window;
        QVBoxLayout column(&window);
        auto* before = new QLineEdit(&window);
        auto* list = new ControlList(&window);
        auto* after = new QLineEdit(&window);
        for (QWidget* widget : {static_cast<QWidget*>(before), static_cast<QWidget*>(list), static_cast<QWidget*>(after)})
            column.addWidget(widget);
        list->setControls({{}, {}});
        window.show();
        window.activateWindow();
        QTRY_VERIFY(window.isActiveWindow());
        before->setFocus();
        QStringList names;
        for (int i = 0; i < 20 && QApplication::focusWidget() != after; ++i) {
            QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
            names += QApplication::focusWidget()->accessibleName();
        }
        QStringList row = {QStringLiteral("ControlNet"),
                           QStringLiteral("Remove this control"),
                           QStringLiteral("What it looks at"),
                           QStringLiteral("Show over the canvas"),
                           QStringLiteral("Scale"),
                           QStringLiteral("Scale, value"),
                           QStringLiteral("Steers from"),
                           QStringLiteral("Steers until")};
        QCOMPARE(names, (row + row + QStringList{QStringLiteral("Add control"), QString()}));
    }

    void whatIsWrongIsSaid()
    {
        Fixture f;
        const auto hint = [&f] {
            const QLabel* label = f.rows()[0]->findChild<QLabel*>(QStringLiteral("muted"));
            return label->isHidden() ? QString() : label->text();
        };
        f.list.setChoices({}, QStringLiteral("~/models"));
        f.add();
        QVERIFY(f.list.controls()[0].model.isEmpty());
        QVERIFY2(hint().contains(QStringLiteral("~/models")), qPrintable(hint()));
        f.list.setChoices(choices(), QStringLiteral("~/models"));
        QCOMPARE(hint(), QString());
        f.list.setModel(f.rows()[0], QStringLiteral("/gone"));
        QList<ControlNetChoice> known = choices();
        known += {QStringLiteral("gone"), QStringLiteral("/gone"), {}, {}, QStringLiteral("There is no such file.")};
        f.list.setChoices(known, QStringLiteral("~/models"));
        QCOMPARE(hint(), QStringLiteral("There is no such file."));
        QCOMPARE(models(f.rows()[0])->currentText(), QStringLiteral("gone"));
        models(f.rows()[0])->setCurrentIndex(0);
        QCOMPARE(hint(), QString());
        const bool forXl = f.list.controls()[0].model == xlNet;
        f.list.setFamily(forXl ? QStringLiteral("sdxl") : QStringLiteral("sd1"));
        QCOMPARE(hint(), QString());
        f.list.setFamily(QStringLiteral("sd2"));
        QVERIFY2(hint().contains(QStringLiteral("another kind")), qPrintable(hint()));
    }
};

QTEST_MAIN(ControlListTest)
#include "tst_control_list.moc"
