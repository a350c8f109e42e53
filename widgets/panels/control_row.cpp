// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/control_row.h"

#include "widgets/common/asking_combo.h"
#include "widgets/common/slider_row.h"
#include "widgets/common/theme.h"

#include <QDragEnterEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMimeData>
#include <QMimeDatabase>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

namespace pentimento {
namespace {

QString droppedPicture(const QMimeData& data)
{
    for (const QUrl& url : data.urls()) {
        const QString file = url.toLocalFile();
        const QMimeType type = QMimeDatabase().mimeTypeForFile(file, QMimeDatabase::MatchExtension); // touches no file
        if (type.name().startsWith(QStringLiteral("image/")))
            return file;
    }
    return {};
}

QToolButton* iconButton(const QString& icon, QWidget* parent)
{
    auto* button = new QToolButton(parent);
    button->setObjectName(QStringLiteral("iconButton"));
    button->setIcon(themedIcon(icon, currentTheme().muted));
    button->setFixedSize(24, 24);
    button->setFocusPolicy(Qt::TabFocus);
    return button;
}

QSpinBox* percentBox(const QString& name, const QString& toolTip, QWidget* parent)
{
    auto* box = new QSpinBox(parent);
    box->setAccessibleName(name);
    box->findChild<QLineEdit*>()->setAccessibleName(name);
    box->setToolTip(toolTip);
    box->findChild<QLineEdit*>()->setToolTip(toolTip);
    box->setKeyboardTracking(false); // 7 is not meant while 70 is typed
    box->setButtonSymbols(QAbstractSpinBox::NoButtons);
    box->setAlignment(Qt::AlignRight);
    box->setSuffix(ControlRow::tr(" %"));
    box->setSingleStep(5);
    box->setFixedWidth(64);
    box->setFocusPolicy(Qt::StrongFocus);
    return box;
}

QHBoxLayout* line(QVBoxLayout* column, std::initializer_list<QWidget*> widgets)
{
    auto* row = new QHBoxLayout;
    row->setSpacing(4);
    for (QWidget* widget : widgets)
        row->addWidget(widget, qobject_cast<AskingCombo*>(widget) ? 1 : 0);
    column->addLayout(row);
    return row;
}

} // namespace

ControlRow::ControlRow(const ControlSetting& setting, const ControlOffer& offer, QWidget* parent)
    : QFrame(parent), m_setting(setting), m_offer(offer), m_model(new AskingCombo(this)), m_look(nullptr), m_scale(nullptr),
      m_start(nullptr), m_end(nullptr), m_eye(nullptr), m_hint(new QLabel(this))
{
    setObjectName(QStringLiteral("card"));
    setAcceptDrops(true);
    // Made in the order in which Tab goes.
    QToolButton* const remove = iconButton(QStringLiteral("close"), this);
    m_look = new AskingCombo(this);
    m_eye = iconButton(QStringLiteral("eye"), this);
    m_scale = new SliderRow(tr("Scale"), {0, 2, 0.05, 2, {}, false, {}}, this);
    m_start = percentBox(tr("Steers from"), tr("Part of the run after which it steers"), this);
    m_end = percentBox(tr("Steers until"),
                       tr("Part of the run up to which it steers;\nthe end without it gives the model more freedom in details"),
                       this);

    m_model->setObjectName(QStringLiteral("controlModel"));
    m_model->setAccessibleName(tr("ControlNet"));
    m_model->setPlaceholderText(tr("Choose a ControlNet"));
    remove->setIconSize({12, 12});
    remove->setToolTip(tr("Do without this control"));
    remove->setAccessibleName(tr("Remove this control"));
    m_look->setObjectName(QStringLiteral("controlLook"));
    m_look->setAccessibleName(tr("What it looks at"));
    m_look->setToolTip(
        tr("What the ControlNet looks at, as it was trained to: edges or lines of the picture, the picture\nwith what "
           "is masked marked, or a picture file, which can also be dropped here"));
    m_eye->setCheckable(true);
    m_eye->setIconSize({18, 18});
    m_eye->setToolTip(tr("Shows over the canvas what the network will see: the part around the mask,\nat the size that it is "
                         "worked at, or the whole picture while nothing is painted"));
    m_eye->setAccessibleName(tr("Show over the canvas"));
    m_scale->setHelp(tr("How strongly it counts: 1 as trained, 0 not at all"));
    m_hint->setObjectName(QStringLiteral("muted"));
    m_hint->setWordWrap(true);

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 8, 6, 8);
    column->setSpacing(6);
    line(column, {m_model, remove});
    column->addWidget(m_hint);
    line(column, {m_look, m_eye});
    column->addWidget(m_scale);
    auto* span = new QLabel(tr("Steers"), this);
    span->setFixedWidth(72);
    QHBoxLayout* const times = line(column, {span, m_start, new QLabel(tr("to"), this), m_end});
    times->setSpacing(8);
    times->addStretch();

    connect(m_model, &AskingCombo::chosen, this, [this](int index) {
        m_setting.model = m_model->itemData(index).toString();
        describeModel();
        Q_EMIT edited();
    });
    connect(m_model, &AskingCombo::asked, this,
            [this](int which) { which == 0 ? Q_EMIT modelFileWanted() : Q_EMIT modelFolderWanted(); });
    connect(m_look, &AskingCombo::chosen, this, [this](int index) {
        m_setting.look = ControlLook(m_look->itemData(index).toInt());
        Q_EMIT edited();
    });
    connect(m_look, &AskingCombo::asked, this, &ControlRow::pictureWanted);
    connect(m_scale, &SliderRow::edited, this, [this](double value) {
        m_setting.scale = value;
        Q_EMIT edited();
    });
    connect(m_start, &QSpinBox::valueChanged, this, [this](int value) {
        m_setting.start = value;
        showSpan();
        Q_EMIT edited();
    });
    connect(m_end, &QSpinBox::valueChanged, this, [this](int value) {
        m_setting.end = value;
        showSpan();
        Q_EMIT edited();
    });
    connect(m_eye, &QToolButton::toggled, this, [this](bool on) {
        m_eye->setIcon(themedIcon(QStringLiteral("eye"), on ? currentTheme().accentHover : currentTheme().muted));
        Q_EMIT shownToggled(on);
    });
    connect(remove, &QToolButton::clicked, this, &ControlRow::removeWanted);
    m_scale->setValue(m_setting.scale);
    showModel();
    showLook();
    showSpan();
}

void ControlRow::setModel(const QString& path)
{
    m_setting.model = path;
    showModel();
    Q_EMIT edited();
}

void ControlRow::setPicture(const QString& path)
{
    m_setting.picture = path;
    m_setting.look = ControlLook::Picture;
    showLook();
    Q_EMIT edited();
}

void ControlRow::setOffer(const ControlOffer& offer)
{
    m_offer = offer;
    showModel();
}

bool ControlRow::isShown() const
{
    return m_eye->isChecked();
}

void ControlRow::setShown(bool shown)
{
    m_eye->setChecked(shown);
}

void ControlRow::showModel()
{
    QList<AskingCombo::Entry> entries;
    for (const ControlNetChoice& choice : std::as_const(m_offer.choices)) {
        const bool bad = !choice.problem.isEmpty();
        entries += {choice.name, choice.path, choice.path + u'\n' + (bad ? choice.problem : choice.facts),
                    bad ? themedIcon(QStringLiteral("warning"), currentTheme().danger) : QIcon()};
    }
    const auto find = [&] {
        const auto used = std::find_if(entries.cbegin(), entries.cend(),
                                       [this](const auto& entry) { return entry.data.toString() == m_setting.model; });
        return used == entries.cend() ? -1 : int(used - entries.cbegin());
    };
    if (find() < 0 && !m_setting.model.isEmpty()) // nobody looked at it yet
        entries += {QFileInfo(m_setting.model).completeBaseName(), m_setting.model, m_setting.model, {}};
    m_model->setEntries(entries, {tr("Choose a file…"), tr("Choose a folder…")}, find());
    describeModel();
}

void ControlRow::describeModel()
{
    const auto used = std::find_if(m_offer.choices.cbegin(), m_offer.choices.cend(),
                                   [this](const ControlNetChoice& choice) { return choice.path == m_setting.model; });
    QString hint;
    if (m_offer.choices.isEmpty() && m_setting.model.isEmpty())
        hint = tr("None was found. Put ControlNets into %1, or choose one from elsewhere.").arg(m_offer.place);
    else if (used != m_offer.choices.cend() && !used->problem.isEmpty())
        hint = used->problem;
    else if (used != m_offer.choices.cend() && !m_offer.family.isEmpty() && used->family != m_offer.family)
        hint = tr("It was made for another kind of model than the one above.");
    m_hint->setText(hint);
    m_hint->setVisible(!hint.isEmpty());
    m_model->setToolTip(tr("The ControlNet; it has to be of the model's family") + u'\n' +
                        m_model->itemData(m_model->value(), Qt::ToolTipRole).toString());
}

void ControlRow::showLook()
{
    QList<AskingCombo::Entry> entries = {
        {tr("Canny edges"), int(ControlLook::Canny), {}, {}},
        {tr("Lineart"), int(ControlLook::Lineart), {}, {}},
        {tr("Scribble"), int(ControlLook::Scribble), {}, {}},
        {tr("Inpaint (masked pixels)"), int(ControlLook::Inpaint), {}, {}},
    };
    if (!m_setting.picture.isEmpty())
        entries += {QFileInfo(m_setting.picture).fileName(), int(ControlLook::Picture), m_setting.picture, {}};
    const auto used = std::find_if(entries.cbegin(), entries.cend(),
                                   [this](const AskingCombo::Entry& entry) { return entry.data.toInt() == int(m_setting.look); });
    m_look->setEntries(entries, {tr("Picture…")}, used == entries.cend() ? -1 : int(used - entries.cbegin()));
}

void ControlRow::showSpan()
{
    const QSignalBlocker quietStart(m_start), quietEnd(m_end);
    m_start->setRange(0, m_setting.end - 1);
    m_end->setRange(m_setting.start + 1, 100);
    m_start->setValue(m_setting.start);
    m_end->setValue(m_setting.end);
}

void ControlRow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!droppedPicture(*event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void ControlRow::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    setPicture(droppedPicture(*event->mimeData()));
}

} // namespace pentimento
