// SPDX-License-Identifier: Apache-2.0
#include "widgets/dialogs/models_dialog.h"

#include "widgets/common/screen_room.h"
#include "widgets/common/theme.h"

#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QListWidget>
#include <QMimeData>
#include <QProgressBar>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QUrl>
#include <QVBoxLayout>

#include <algorithm>

namespace pentimento {
namespace {

constexpr int listWidth = 300;

QLabel* textLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    return label;
}

QString tableHtml(const ModelChoice& model)
{
    QString html = QStringLiteral("<table cellspacing=\"0\" cellpadding=\"3\">");
    const auto row = [&](const QString& name, const QString& value) {
        html += QStringLiteral("<tr><td style=\"color:%1\">%2&nbsp;&nbsp;</td><td>%3</td></tr>")
                    .arg(currentTheme().muted.name(), name.toHtmlEscaped(), value.toHtmlEscaped());
    };
    for (const auto& [name, value] : model.table)
        row(name, value);
    row(ModelsDialog::tr("Place"), model.path);
    if (!model.notes.isEmpty())
        row(ModelsDialog::tr("Notes"), model.notes);
    return html + QStringLiteral("</table>");
}

} // namespace

ModelsDialog::ModelsDialog(QWidget* parent)
    : QDialog(parent), m_list(new QListWidget(this)), m_name(textLabel(this)), m_kind(textLabel(this)), m_facts(textLabel(this)),
      m_result(textLabel(this)), m_workRow(new QWidget(this)), m_workText(new QLabel(this)), m_workBar(new QProgressBar(this)),
      m_use(new QPushButton(tr("&Use"), this)), m_check(new QPushButton(tr("&Check"), this)),
      m_import(new QPushButton(tr("Con&vert to a folder"), this)), m_remove(new QPushButton(tr("&Delete…"), this))
{
    setWindowTitle(tr("Models"));
    setAttribute(Qt::WA_DeleteOnClose);
    setAcceptDrops(true);
    resize(QSize(860, 540).boundedTo(screenRoom(*this)));
    m_list->setObjectName(QStringLiteral("models"));
    m_list->setAccessibleName(tr("Models"));
    m_list->setMinimumWidth(listWidth / 2);
    m_list->setMaximumWidth(listWidth);
    m_list->setIconSize({16, 16});
    m_list->setWordWrap(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_name->setObjectName(QStringLiteral("dropTitle"));
    m_facts->setTextFormat(Qt::RichText);
    m_facts->setAlignment(Qt::AlignTop);
    m_result->setObjectName(QStringLiteral("modelResult"));
    m_use->setObjectName(QStringLiteral("useModel"));
    m_use->setProperty("primary", true);
    m_use->setToolTip(tr("Makes new content with this model"));
    m_check->setObjectName(QStringLiteral("checkModel"));
    m_check->setToolTip(tr("Reads every file, looks at every tensor, and runs the model's parts once"));
    m_import->setToolTip(tr("Writes a diffusers folder into your own models; the file stays where it is"));
    m_remove->setObjectName(QStringLiteral("deleteModel"));
    m_remove->setToolTip(tr("Deletes the model from your own models"));
    auto* addFile = new QPushButton(tr("Add a &file…"), this);
    addFile->setToolTip(tr("A .safetensors file that lies elsewhere; it can also be dropped here"));
    auto* addFolder = new QPushButton(tr("Add a f&older…"), this);
    addFolder->setToolTip(tr("A diffusers folder that lies elsewhere; it can also be dropped here"));
    auto* stop = new QPushButton(tr("Cancel"), this);
    stop->setObjectName(QStringLiteral("cancelWork"));
    auto* close = new QPushButton(tr("Close"), this);
    for (QPushButton* button : {m_use, m_check, m_import, m_remove, addFile, addFolder, stop, close})
        button->setAutoDefault(false);

    auto* work = new QHBoxLayout(m_workRow);
    work->setContentsMargins(0, 0, 0, 0);
    m_workBar->setTextVisible(false);
    m_workBar->setFixedHeight(4);
    m_workBar->setRange(0, 1000);
    work->addWidget(m_workText);
    work->addWidget(m_workBar, 1);
    work->addWidget(stop);
    m_workRow->hide();

    auto* facts = new QWidget(this);
    facts->setObjectName(QStringLiteral("dockBody"));
    facts->setAttribute(Qt::WA_StyledBackground);
    auto* factColumn = new QVBoxLayout(facts);
    factColumn->setContentsMargins(0, 0, 0, 0);
    factColumn->setSpacing(10);
    for (QWidget* part : {m_name, m_kind, m_facts, m_result})
        factColumn->addWidget(part);
    factColumn->addStretch();
    auto* scroll = new QScrollArea(this);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setWidgetResizable(true);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(facts);

    auto* buttons = new QHBoxLayout;
    for (QPushButton* button : {m_use, m_check, m_import, m_remove})
        buttons->addWidget(button);
    buttons->addStretch();
    buttons->addWidget(close);
    auto* right = new QVBoxLayout;
    right->setSpacing(12);
    right->addWidget(scroll, 1);
    right->addWidget(m_workRow);
    right->addLayout(buttons);
    auto* adding = new QHBoxLayout;
    adding->addWidget(addFile);
    adding->addWidget(addFolder);
    auto* left = new QVBoxLayout;
    left->addWidget(m_list, 1);
    left->addLayout(adding);
    auto* columns = new QHBoxLayout(this);
    columns->setContentsMargins(16, 16, 16, 14);
    columns->setSpacing(18);
    columns->addLayout(left, 2);
    columns->addLayout(right, 3);

    connect(m_list, &QListWidget::currentRowChanged, this, [this] {
        if (!m_working)
            showResult({}); // has been read
        showCurrent();
    });
    connect(m_list, &QListWidget::itemActivated, m_use, &QPushButton::click);
    const auto ask = [this](QPushButton* button, void (ModelsDialog::*signal)(const QString&)) {
        connect(button, &QPushButton::clicked, this, [this, signal] {
            if (const ModelChoice* model = current())
                Q_EMIT(this->*signal)(model->path);
        });
    };
    ask(m_use, &ModelsDialog::useWanted);
    ask(m_check, &ModelsDialog::checkWanted);
    ask(m_import, &ModelsDialog::importWanted);
    ask(m_remove, &ModelsDialog::removeWanted);
    connect(addFile, &QPushButton::clicked, this, &ModelsDialog::addFileWanted);
    connect(addFolder, &QPushButton::clicked, this, &ModelsDialog::addFolderWanted);
    connect(stop, &QPushButton::clicked, this, &ModelsDialog::cancelWanted);
    connect(close, &QPushButton::clicked, this, &QDialog::close);
    showResult({});
    showCurrent();
}

const ModelChoice* ModelsDialog::current() const
{
    const int row = m_list->currentRow();
    return row >= 0 && row < m_models.size() ? &m_models[row] : nullptr;
}

void ModelsDialog::setModels(const QList<ModelChoice>& models, const QString& used)
{
    const QString chosen = current() ? current()->path : used;
    m_models = models;
    m_used = used;
    {
        const QSignalBlocker quiet(m_list);
        m_list->clear();
        for (const ModelChoice& model : models) {
            const QString second = model.problem.isEmpty() ? model.kind : model.problem;
            auto* item = new QListWidgetItem(model.name + u'\n' + second, m_list);
            item->setToolTip(model.path);
            if (!model.problem.isEmpty())
                item->setIcon(themedIcon(QStringLiteral("warning"), currentTheme().danger));
            if (model.path == used) {
                QFont bold = item->font();
                bold.setBold(true);
                item->setFont(bold);
            }
        }
    }
    select(chosen);
}

void ModelsDialog::select(const QString& path)
{
    const auto found =
        std::find_if(m_models.cbegin(), m_models.cend(), [&path](const ModelChoice& model) { return model.path == path; });
    {
        const QSignalBlocker quiet(m_list); // what the last work led to stays to be read
        m_list->setCurrentRow(found != m_models.cend() ? int(found - m_models.cbegin()) : m_models.isEmpty() ? -1 : 0);
    }
    showCurrent();
}

void ModelsDialog::showCurrent()
{
    const ModelChoice* model = current();
    m_name->setText(model ? model->name : tr("No model"));
    m_kind->setText(!model                     ? tr("Add a file or a folder, or drop one here.")
                    : model->problem.isEmpty() ? model->kind
                                               : model->problem);
    m_kind->setStyleSheet(model && !model->problem.isEmpty() ? QStringLiteral("color: %1").arg(currentTheme().danger.name())
                                                             : QString());
    m_facts->setText(model ? tableHtml(*model) : QString());
    refreshButtons();
}

void ModelsDialog::refreshButtons()
{
    const ModelChoice* model = current();
    const bool readable = model && !model->kind.isEmpty(), usable = readable && model->problem.isEmpty();
    m_use->setEnabled(usable && model->path != m_used);
    m_use->setText(model && model->path == m_used ? tr("In use") : tr("&Use"));
    m_check->setEnabled(readable && !m_working);
    m_import->setVisible(model && model->singleFile);
    m_import->setEnabled(usable && !m_working);
    m_remove->setVisible(model && model->own);
    m_remove->setEnabled(!m_working);
}

void ModelsDialog::showResult(const QString& html)
{
    m_result->setText(html);
    m_result->setVisible(!html.isEmpty()); // Tab would stop at nothing
}

void ModelsDialog::showWork(const QString& what, double done, const QString& timeLeft)
{
    m_working = true;
    showResult({});
    m_workText->setText(timeLeft.isEmpty() ? what : tr("%1, %2").arg(what, timeLeft));
    m_workBar->setValue(int(1000 * done));
    m_workRow->show();
    refreshButtons();
}

void ModelsDialog::endWork(const QString& title, const QString& text, bool bad)
{
    m_working = false;
    m_workRow->hide();
    const QString colour = bad ? currentTheme().danger.name() : currentTheme().text.name();
    QString body = text.toHtmlEscaped();
    showResult(title.isEmpty() ? QString()
                               : QStringLiteral("<p style=\"color:%1\"><b>%2</b></p><p>%3</p>")
                                     .arg(colour, title.toHtmlEscaped(), body.replace(u'\n', QStringLiteral("<br>"))));
    refreshButtons();
}

void ModelsDialog::dragEnterEvent(QDragEnterEvent* event)
{
    if (event->mimeData()->hasUrls())
        event->acceptProposedAction();
}

void ModelsDialog::dropEvent(QDropEvent* event)
{
    event->acceptProposedAction();
    for (const QUrl& url : event->mimeData()->urls()) {
        if (url.isLocalFile())
            Q_EMIT dropped(url.toLocalFile());
    }
}

} // namespace pentimento
