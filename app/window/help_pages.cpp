// SPDX-License-Identifier: Apache-2.0
#include "app/window/help_pages.h"

#include "app/bridge/free_tr.h"
#include "app/window/action_table.h"

#include <QCoreApplication>
#include <QSysInfo>

#include <optional>

namespace pentimento {
namespace {

QString row(const QString& keys, const QString& what)
{
    return QStringLiteral("<tr><td width='190'><b>%1</b></td><td>%2</td></tr>").arg(keys.toHtmlEscaped(), what.toHtmlEscaped());
}

} // namespace

QString keyboardHelpPage()
{
    using Group = ActionSpec::Group;
    QString html;
    for (const Group group : {Group::Tools, Group::Mask, Group::Run, Group::View, Group::Edit, Group::File, Group::Help}) {
        html += QStringLiteral("<h3>%1</h3><table cellpadding='3'>").arg(actionGroupName(group));
        for (const ActionSpec& spec : actionTable()) {
            if (spec.group != group || spec.keys.isEmpty())
                continue;
            const QString keys = spec.held ? tr("hold %1").arg(actionKeys(spec)) : actionKeys(spec);
            html += row(keys, QCoreApplication::translate("Actions", spec.tip));
        }
        if (group == Group::Tools)
            html += row(tr("Shift+drag, Alt+right-drag"), tr("Sideways: brush size. Up and down: hardness"));
        if (group == Group::View) {
            html += row(tr("Wheel"), tr("Zooms at the pointer"));
            html += row(tr("Middle-drag"), tr("Drags the view"));
        }
        html += QStringLiteral("</table>");
    }
    html += QStringLiteral("<p>%1</p>")
                .arg(tr("Single keys act while no text field has the focus. Esc in the prompt goes back to the canvas."));
    return html;
}

QString aboutPage()
{
    return QStringLiteral("<h2>Pentimento %1</h2><p>%2</p><p>%3</p><p>%4</p><p>%5</p><p>Qt %6 · %7</p>")
        .arg(QStringLiteral(PENTIMENTO_VERSION), tr("A desktop inpainting editor. Everything happens on this computer."),
             tr("Program: Apache License 2.0. Starter model: CC BY-SA 4.0, its sources are listed beside it."),
             tr("Uses Qt (LGPL 3), libtorch (BSD 3-clause), OpenBLAS (BSD 3-clause), spdlog, fmt, nlohmann/json, stb "
                "(MIT or public domain), libpng, libjpeg-turbo, libwebp, utf8proc, CLI11 and Highway under their own "
                "permissive licences."),
             tr("Pictures are never sent anywhere."), QString::fromLatin1(qVersion()), QSysInfo::prettyProductName());
}

} // namespace pentimento
