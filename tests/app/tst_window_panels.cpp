// SPDX-License-Identifier: Apache-2.0
// Controls and keys, and what is remembered of them.
#include "tests/app/editor_fixture.h"

#include "app/bridge/request_builder.h"
#include "widgets/common/slider_row.h"
#include "widgets/panels/control_list.h"
#include "widgets/panels/lora_list.h"
#include "widgets/panels/tool_strip.h"

#include <QAccessible>
#include <QAction>
#include <QDropEvent>
#include <QListWidget>
#include <QMimeData>
#include <QSlider>
#include <QToolButton>
#include <QUrl>
#include <QWheelEvent>

using namespace pentimento;

class WindowPanelsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void whatWasSetIsThereAtTheNextStart()
    {
        EditorFixture f;
        f.open();
        f.window->taskBar().setPrompt(QStringLiteral("a blue door"));
        f.window->action(ActionId::ModeRefine)->trigger();
        f.window->runPanel().setNegativePrompt(QStringLiteral("people"));
        f.window->runPanel().setLockedSeed(4711);
        f.window->tools().setSize(123);
        f.window->tools().setHardness(0.4);
        f.window->tools().setOverlay(Qt::green, 0.7);
        f.window->resize(1010, 707);
        f.window->close();
        QTRY_VERIFY(!f.window);

        f.window = f.openWindow();
        QCOMPARE(f.window->taskBar().prompt(), QStringLiteral("a blue door"));
        QCOMPARE(f.window->taskBar().mode(), EditMode::Refine);
        QCOMPARE(f.window->runPanel().negativePrompt(), QStringLiteral("people"));
        QCOMPARE(f.window->runPanel().lockedSeed(), std::optional<quint64>(4711));
        QCOMPARE(f.window->tools().size(), 123.0);
        QCOMPARE(f.window->tools().hardness(), 0.4);
        QCOMPARE(f.window->tools().overlayColor(), QColor(Qt::green));
        QCOMPARE(f.window->tools().overlayOpacity(), 0.7);
        QCOMPARE(f.settings.recentFiles().size(), 1);
    }

    void historyGoesBackAndForth()
    {
        EditorFixture f;
        f.open();
        const auto* list = f.window->findChild<QListWidget*>(QStringLiteral("history"));
        QCOMPARE(list->count(), 1);
        f.paint();
        f.paint({200, 100}, {220, 120});
        QTRY_COMPARE(list->count(), 3);
        QCOMPARE(list->currentRow(), 2);
        const double painted = f.window->document().mask().coverage();
        const_cast<QListWidget*>(list)->setCurrentRow(0);
        QCOMPARE(f.window->document().mask().coverage(), 0.0);
        QCOMPARE(list->count(), 3);
        const_cast<QListWidget*>(list)->setCurrentRow(2);
        QCOMPARE(f.window->document().mask().coverage(), painted);
    }

    void lorasAreListedRememberedAndRequested()
    {
        EditorFixture f;
        f.open();
        auto* add = f.window->findChild<QAbstractButton*>(QStringLiteral("addLora"));
        QString chosen = QStringLiteral("/loras/fur.safetensors");
        f.window->models().askLora = [&] { return chosen; };
        QVERIFY(add);
        add->click();
        add->click(); // is there already
        chosen.clear();
        add->click(); // nothing chosen
        LoraList* list = &f.window->runPanel().loras();
        QCOMPARE(list->loras(), (QList<LoraWeight>{{QStringLiteral("/loras/fur.safetensors"), 1}}));

        const QPoint inside(5, 5);
        QMimeData files;
        files.setUrls(
            {QUrl::fromLocalFile(QStringLiteral("/loras/ink.safetensors")), QUrl::fromLocalFile(QStringLiteral("/a.png"))});
        QDragEnterEvent enter(inside, Qt::CopyAction, &files, Qt::LeftButton, {});
        QCoreApplication::sendEvent(list, &enter);
        QDropEvent drop(inside, Qt::CopyAction, &files, Qt::LeftButton, {});
        QCoreApplication::sendEvent(list, &drop);
        QCOMPARE(list->loras().size(), 2);
        QCOMPARE(list->loras()[1].path, QStringLiteral("/loras/ink.safetensors"));
        QTest::keyClick(list->findChildren<QSlider*>()[0], Qt::Key_Left);
        QCOMPARE(list->loras()[0].weight, 0.95);
        f.window->close();
        QTRY_VERIFY(!f.window);

        f.window = f.openWindow();
        f.open();
        list = &f.window->runPanel().loras();
        QCOMPARE(list->loras().size(), 2);
        QCOMPARE(list->loras()[0].weight, 0.95);
        EditRequest edit;
        edit.document.picture = QImage(8, 8, QImage::Format_RGB888);
        edit.loras = list->loras();
        const Request request = buildRequest(edit);
        QCOMPARE(request.loras.size(), std::size_t(2));
        QVERIFY((request.loras[0] == LoraChoice{"/loras/fur.safetensors", 0.95}));

        for (QToolButton* button : list->findChildren<QToolButton*>()) {
            if (button->accessibleName().contains(QStringLiteral("fur")))
                button->click();
        }
        QCOMPARE(list->loras().size(), 1);
        QCOMPARE(list->loras()[0].path, QStringLiteral("/loras/ink.safetensors"));
    }

    void aScreenReaderIsToldValuesNotPlacesOfHandles()
    {
        EditorFixture f;
        f.open();
        const auto find = [&f](const char* name) {
            const QList<QSlider*> all = f.window->findChildren<QSlider*>();
            return *std::find_if(all.cbegin(), all.cend(),
                                 [name](const QSlider* slider) { return slider->accessibleName() == QLatin1String(name); });
        };
        QAccessibleInterface* steps = QAccessible::queryAccessibleInterface(find("Steps"));
        QCOMPARE(steps->role(), QAccessible::Slider);
        QCOMPARE(steps->text(QAccessible::Value), QString::number(f.window->runPanel().numbers().steps));
        QCOMPARE(steps->valueInterface()->currentValue().toInt(), f.window->runPanel().numbers().steps);
        QVERIFY(steps->valueInterface()->minimumValue().toDouble() <= 1);
        steps->valueInterface()->setCurrentValue(31);
        QCOMPARE(f.window->runPanel().numbers().steps, 31);
    }

    void tabGoesThroughTheToolsInTheirOrder()
    {
        EditorFixture f;
        f.open();
        QStringList names;
        QWidget* widget = f.window->findChild<ToolStrip*>();
        for (int i = 0; i < 4; ++i) {
            do
                widget = widget->nextInFocusChain();
            while (!qobject_cast<QToolButton*>(widget));
            names += widget->accessibleName();
        }
        QCOMPARE(names.join(u' '), QStringLiteral("Brush Eraser Hand Mask colour"));
    }

    void keysAndWheelMoveASliderByItsOwnSteps()
    {
        SliderRow row(QStringLiteral("Steps"), {1, 100, 1, 0, {}, false, {}});
        row.setValue(20);
        QSignalSpy edited(&row, &SliderRow::edited);
        auto* slider = row.findChild<QSlider*>();
        QTest::keyClick(slider, Qt::Key_Right);
        QCOMPARE(row.value(), 21.0);
        QTest::keyClick(slider, Qt::Key_Left);
        QTest::keyClick(slider, Qt::Key_Left);
        QCOMPARE(row.value(), 19.0);
        QTest::keyClick(slider, Qt::Key_PageUp);
        QCOMPARE(row.value(), 29.0);
        QCOMPARE(edited.count(), 4);
        QWheelEvent wheel({5, 5}, slider->mapToGlobal(QPointF(5, 5)), {}, {0, 120}, Qt::NoButton, {}, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(slider, &wheel);
        QCOMPARE(row.value(), 30.0);
    }

    void numbersFollowTheModelUntilChanged()
    {
        RunPanel panel;
        ModelChoice model;
        model.name = model.path = QStringLiteral("m");
        model.defaults[0] = {20, 2.5, 1, QStringLiteral("model")};
        model.defaults[1] = {10, 1, 1, QStringLiteral("model")};
        model.defaults[2] = {20, 2, 0.5, QStringLiteral("ddim")};
        panel.setModels({model}, {});
        QCOMPARE(panel.numbers().steps, 20);
        panel.setMode(EditMode::Erase);
        QCOMPARE(panel.numbers().steps, 10);
        QCOMPARE(panel.numbers().guidance, 1.0);
        std::array<RunOverrides, editModeCount> own;
        own[1].steps = 33;
        panel.setOverrides(own);
        QCOMPARE(panel.numbers().steps, 33);
        QCOMPARE(panel.numbers().guidance, 1.0);
        panel.setMode(EditMode::Refine);
        QCOMPARE(panel.numbers().steps, 20);
        QCOMPARE(panel.numbers().strength, 0.5);
        QCOMPARE(panel.numbers().scheduler, QStringLiteral("ddim"));
    }

    void singleKeysActOnlyOutsideTextFields()
    {
        EditorFixture f;
        f.open();
        f.window->canvas().setFocus();
        f.key(Qt::Key_E);
        QCOMPARE(f.window->tools().tool(), Tool::Eraser);
        f.key(Qt::Key_B);
        QCOMPARE(f.window->tools().tool(), Tool::Brush);
        f.key(Qt::Key_X);
        QCOMPARE(f.window->tools().tool(), Tool::Eraser);
        const double size = f.window->tools().size();
        f.key(Qt::Key_BracketRight);
        QVERIFY(f.window->tools().size() > size);
        const double hardness = f.window->tools().hardness();
        f.key(Qt::Key_BraceLeft, Qt::ShiftModifier);
        QVERIFY(f.window->tools().hardness() < hardness);
        f.key(Qt::Key_Q);
        QVERIFY(!f.window->tools().maskVisible());

        f.window->taskBar().focusPrompt();
        QTest::keyClicks(f.prompt(), QStringLiteral("bxq"));
        QCOMPARE(f.window->taskBar().prompt(), QStringLiteral("bxq"));
        QCOMPARE(f.window->tools().tool(), Tool::Eraser);
        QVERIFY(!f.window->tools().maskVisible());
    }

    void everyControlIsNamedAndExplained()
    {
        EditorFixture f;
        f.ready();
        f.window->runPanel().controls().setControls({{}});
        f.window->runPanel().loras().add(QStringLiteral("/loras/fur.safetensors"));
        QTest::qWait(10); // the rows appear
        for (QWidget* widget : f.window->findChildren<QWidget*>()) {
            if (!widget->isVisible() || !(widget->focusPolicy() & Qt::TabFocus))
                continue;
            const QByteArray what = widget->metaObject()->className() + QByteArray(" ") + widget->objectName().toUtf8();
            QVERIFY2(!widget->accessibleName().isEmpty(), what.constData());
            if (!qobject_cast<QAbstractScrollArea*>(widget))
                QVERIFY2(!widget->toolTip().isEmpty(), what.constData());
        }
    }

    void everyKeyIsUsedOnce()
    {
        QStringList seen;
        for (const ActionSpec& spec : actionTable()) {
            QVERIFY(!actionText(spec).isEmpty() && !actionTip(spec).isEmpty());
            for (const QKeySequence& key : spec.keys) {
                QVERIFY2(!key.isEmpty(), spec.text);
                QVERIFY2(!seen.contains(key.toString()), qPrintable(key.toString()));
                seen += key.toString();
            }
        }
        QVERIFY(isTypingKey(QKeySequence(Qt::Key_B)));
        QVERIFY(isTypingKey(QKeySequence(Qt::SHIFT | Qt::Key_BraceLeft)));
        QVERIFY(isTypingKey(QKeySequence(Qt::Key_Backspace)));
        QVERIFY(!isTypingKey(QKeySequence(Qt::CTRL | Qt::Key_Z)));
        QVERIFY(!isTypingKey(QKeySequence(Qt::Key_F1)));
    }
};

QTEST_MAIN(WindowPanelsTest)
#include "tst_window_panels.moc"
