// SPDX-License-Identifier: Apache-2.0
#include "widgets/panels/run_panel.h"

#include "widgets/common/asking_combo.h"
#include "widgets/common/key_button.h"
#include "widgets/common/slider_row.h"
#include "widgets/common/theme.h"
#include "widgets/panels/control_list.h"
#include "widgets/panels/lora_list.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QRegularExpressionValidator>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <cmath>

namespace pentimento {
namespace {

QWidget* labelled(const QString& label, QWidget* field, QWidget* extra, QWidget* parent)
{
    auto* line = new QWidget(parent);
    auto* row = new QHBoxLayout(line);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    auto* name = new QLabel(label, line);
    name->setFixedWidth(72);
    name->setBuddy(field);
    row->addWidget(name);
    row->addWidget(field, 1);
    if (extra)
        row->addWidget(extra);
    field->setAccessibleName(label);
    return line;
}

} // namespace

RunPanel::RunPanel(QWidget* parent)
    : QWidget(parent), m_model(new AskingCombo(this)), m_facts(new QLabel(this)),
      m_steps(new SliderRow(tr("Steps"), {1, 100, 1, 0, {}, false, {}}, this)),
      m_guidance(new SliderRow(tr("Guidance"), {1, 20, 0.1, 1, {}, false, {}}, this)),
      m_strength(new SliderRow(tr("Strength"), {0.05, 1, 0.01, 2, {}, false, {}}, this)), m_seed(new QLineEdit(this)),
      m_lock(new QToolButton(this)), m_scheduler(new QComboBox(this)), m_negative(new QLineEdit(this)),
      m_loras(new LoraList(this)), m_controls(new ControlList(this)), m_reset(nullptr)
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(14, 4, 14, 12);
    column->setSpacing(6);
    m_scheduler->setMinimumHeight(m_model->minimumHeight());
    m_model->setObjectName(QStringLiteral("model"));
    m_model->setToolTip(tr("Model that makes the new content"));
    m_facts->setObjectName(QStringLiteral("muted"));
    m_facts->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed); // one line; the tooltip has it all
    m_steps->setHelp(tr("More steps take longer and are a little finer"));
    m_guidance->setHelp(tr("How closely the prompt is followed; 1 ignores what to leave out and is twice as fast"));
    m_strength->setHelp(tr("1 makes all new content; less keeps more of what is there"));
    m_seed->setPlaceholderText(tr("random"));
    m_seed->setToolTip(tr("Number that the content is grown from; the same seed gives the same picture. Empty: another "
                          "one each time"));
    m_seed->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("\\d{0,19}")), m_seed));
    m_lock->setObjectName(QStringLiteral("iconButton"));
    m_lock->setIconSize({18, 18});
    m_lock->setCheckable(true);
    m_lock->setFocusPolicy(Qt::TabFocus);
    m_lock->setFixedSize(30, 30);
    m_lock->setToolTip(tr("Keep this seed for the next runs"));
    m_lock->setAccessibleName(tr("Lock the seed"));
    m_scheduler->setFocusPolicy(Qt::TabFocus);
    m_scheduler->setObjectName(QStringLiteral("scheduler"));
    m_scheduler->setToolTip(tr("How the steps are spaced and taken"));
    m_negative->setPlaceholderText(tr("what should not be there"));
    m_negative->setToolTip(tr("Negative prompt"));

    column->addWidget(labelled(tr("Model"), m_model, nullptr, this));
    column->addWidget(m_facts);
    column->addWidget(m_steps);
    column->addWidget(m_guidance);
    column->addWidget(m_strength);
    column->addWidget(labelled(tr("Seed"), m_seed, m_lock, this));
    column->addWidget(labelled(tr("Scheduler"), m_scheduler, nullptr, this));
    column->addWidget(labelled(tr("Leave out"), m_negative, nullptr, this));
    column->addWidget(m_loras);
    column->addWidget(m_controls);
    auto* reset = new KeyButton(tr("Model's defaults"), {}, this);
    reset->setToolTip(tr("Sets steps, guidance, strength and scheduler back to what the model recommends"));
    m_reset = reset;
    column->addWidget(reset, 0, Qt::AlignLeft);

    connect(m_model, &AskingCombo::chosen, this, [this] {
        m_overrides = {};
        showTrouble({});
        showNumbers();
        Q_EMIT modelChanged();
    });
    connect(m_model, &AskingCombo::asked, this, [this](int which) {
        if (which == 0)
            Q_EMIT modelFileWanted();
        else if (which == 1)
            Q_EMIT modelFolderWanted();
        else
            Q_EMIT allModelsWanted();
    });
    connect(m_steps, &SliderRow::edited, this, [this](double v) {
        own().steps = int(std::lround(v));
        numberEdited();
    });
    connect(m_guidance, &SliderRow::edited, this, [this](double v) {
        own().guidance = v;
        numberEdited();
    });
    connect(m_strength, &SliderRow::edited, this, [this](double v) {
        own().strength = v;
        numberEdited();
    });
    connect(m_scheduler, &QComboBox::activated, this, [this] {
        own().scheduler = m_scheduler->currentData().toString();
        numberEdited();
    });
    connect(reset, &QPushButton::clicked, this, [this] {
        own() = {};
        numberEdited();
    });
    connect(m_seed, &QLineEdit::textEdited, this, [this](const QString& text) {
        m_locked = text.isEmpty() ? std::nullopt : std::optional(text.toULongLong());
        m_used.reset();
        showSeed();
    });
    connect(m_lock, &QToolButton::clicked, this, [this](bool on) {
        m_locked = on ? std::optional(m_used.value_or(42)) : std::nullopt;
        showSeed();
    });
    connect(m_negative, &QLineEdit::textEdited, this, &RunPanel::edited);
    connect(m_loras, &LoraList::edited, this, &RunPanel::edited);
    connect(m_controls, &ControlList::edited, this, &RunPanel::edited);
    showNumbers();
    showSeed();
    showModel();
}

void RunPanel::setModels(const QList<ModelChoice>& models, const QString& preferredPath)
{
    m_models = models;
    listModels(preferredPath);
}

void RunPanel::addModel(const ModelChoice& model)
{
    m_models.removeIf([&model](const ModelChoice& other) { return other.path == model.path; });
    m_models += model;
    listModels(model.path);
}

void RunPanel::offerModel(const ModelChoice& choice)
{
    const QString used = model() ? model()->path : QString();
    m_models.removeIf([&choice](const ModelChoice& other) { return other.path == choice.path; });
    m_models += choice;
    fillModels(used);
    Q_EMIT modelsListed();
}

void RunPanel::setSchedulers(const QStringList& names)
{
    m_scheduler->clear();
    for (const QString& name : names)
        m_scheduler->addItem(name == QStringLiteral("model") ? tr("model's own") : name, name);
    showNumbers();
}

void RunPanel::listModels(const QString& chosenPath)
{
    fillModels(chosenPath);
    Q_EMIT modelsListed();
    Q_EMIT modelChanged();
}

void RunPanel::fillModels(const QString& chosenPath)
{
    QList<AskingCombo::Entry> entries;
    for (const ModelChoice& choice : std::as_const(m_models)) {
        const bool bad = !choice.problem.isEmpty();
        entries += {choice.name, choice.path, choice.problem,
                    bad ? themedIcon(QStringLiteral("warning"), currentTheme().danger) : QIcon()};
    }
    const auto chosen = std::find_if(m_models.cbegin(), m_models.cend(),
                                     [&chosenPath](const ModelChoice& choice) { return choice.path == chosenPath; });
    const qsizetype index = chosen == m_models.cend() ? 0 : chosen - m_models.cbegin();
    m_model->setEntries(entries, {tr("Choose a file…"), tr("Choose a folder…"), tr("All models…")},
                        m_models.isEmpty() ? -1 : int(index));
    showTrouble({});
    showNumbers();
}

const ModelChoice* RunPanel::model() const
{
    return m_model->value() >= 0 ? &m_models[m_model->value()] : nullptr;
}

QString RunPanel::bundledModel() const
{
    const auto found = std::find_if(m_models.cbegin(), m_models.cend(),
                                    [](const ModelChoice& choice) { return choice.bundled && choice.problem.isEmpty(); });
    return found == m_models.cend() ? QString() : found->path;
}

void RunPanel::showTrouble(const QString& why)
{
    m_trouble = why;
    if (const ModelChoice* choice = model()) {
        const bool bad = !why.isEmpty() || !choice->problem.isEmpty();
        m_model->setItemIcon(m_model->value(), bad ? themedIcon(QStringLiteral("warning"), currentTheme().danger) : QIcon());
    }
    showModel();
}

void RunPanel::selectModel(const QString& path)
{
    const int index = m_model->findData(path);
    if (index >= 0)
        m_model->setCurrentIndex(index);
}

void RunPanel::setMode(EditMode mode)
{
    m_mode = mode;
    showNumbers();
}

RunNumbers RunPanel::numbers() const
{
    RunNumbers numbers = model() ? model()->defaults[static_cast<int>(m_mode)] : RunNumbers{};
    const RunOverrides& changed = m_overrides[static_cast<std::size_t>(m_mode)];
    numbers.steps = changed.steps.value_or(numbers.steps);
    numbers.guidance = changed.guidance.value_or(numbers.guidance);
    numbers.strength = changed.strength.value_or(numbers.strength);
    if (!changed.scheduler.isEmpty())
        numbers.scheduler = changed.scheduler;
    return numbers;
}

void RunPanel::setOverrides(const std::array<RunOverrides, editModeCount>& overrides)
{
    m_overrides = overrides;
    showNumbers();
}

void RunPanel::numberEdited()
{
    showNumbers();
    Q_EMIT edited();
}

void RunPanel::showNumbers()
{
    const RunNumbers now = numbers();
    m_steps->setValue(now.steps);
    m_guidance->setValue(now.guidance);
    m_strength->setValue(now.strength);
    m_steps->setEmphasized(own().steps.has_value());
    m_guidance->setEmphasized(own().guidance.has_value());
    m_strength->setEmphasized(own().strength.has_value());
    m_scheduler->setCurrentIndex(std::max(0, m_scheduler->findData(now.scheduler)));
    m_reset->setVisible(own().any());
}

void RunPanel::showModel()
{
    const ModelChoice* choice = model();
    m_facts->setVisible(choice);
    m_controls->setFamily(choice ? choice->family : QString());
    if (!choice)
        return;
    const QString problem = choice->problem.isEmpty() ? m_trouble : choice->problem;
    const QString line = problem.isEmpty() ? choice->facts : problem;
    m_facts->setText(line);
    m_facts->setToolTip(choice->notes.isEmpty() ? line : line + u'\n' + choice->notes);
    m_model->setToolTip(tr("Model that makes the new content") + u'\n' + choice->path);
}

QString RunPanel::negativePrompt() const
{
    return m_negative->text().trimmed();
}

void RunPanel::setNegativePrompt(const QString& text)
{
    m_negative->setText(text);
}

std::optional<quint64> RunPanel::lockedSeed() const
{
    return m_locked;
}

void RunPanel::setLockedSeed(std::optional<quint64> seed)
{
    m_locked = seed;
    showSeed();
}

void RunPanel::showUsedSeed(quint64 seed)
{
    m_used = seed;
    showSeed();
}

void RunPanel::showSeed()
{
    const QString text = m_locked ? QString::number(*m_locked) : QString();
    if (m_seed->text() != text)
        m_seed->setText(text);
    m_seed->setPlaceholderText(m_used ? tr("random (%1)").arg(*m_used) : tr("random"));
    m_lock->setChecked(m_locked.has_value());
    m_lock->setIcon(themedIcon(m_locked ? QStringLiteral("lock") : QStringLiteral("unlock")));
}

} // namespace pentimento
