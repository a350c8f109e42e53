// SPDX-License-Identifier: Apache-2.0
#include "app/window/add_on_notices.h"

#include "app/bridge/free_tr.h"

#include <QFileInfo>

namespace pentimento {

std::optional<Hint> missingOf(const QList<ControlSetting>& controls)
{
    for (const ControlSetting& control : controls) {
        if (control.model.isEmpty())
            return Hint{tr("A control has no ControlNet."), tr("Choose one under Run, or remove the control.")};
        if (control.look == ControlLook::Picture && control.picture.isEmpty())
            return Hint{tr("A control has no picture."), tr("Choose what it looks at under Run, or remove the control.")};
    }
    return std::nullopt;
}

QString addOnTitle(const ErrorText& error, const EditRequest& edit)
{
    const auto isAbout = [&error](const QString& path) { return !path.isEmpty() && error.details.contains(path); };
    for (const LoraWeight& lora : edit.loras) {
        if (isAbout(lora.path))
            return tr("The LoRA “%1” cannot be used.").arg(QFileInfo(lora.path).fileName());
    }
    for (const ControlSetting& control : edit.controls) {
        // A server knows names only.
        const QString name = QFileInfo(control.model).completeBaseName();
        if (isAbout(control.model) || (isAbout(name) && error.details.contains(QStringLiteral("ControlNet"))))
            return tr("The ControlNet “%1” cannot be used.").arg(QFileInfo(control.model).fileName());
        if (control.look == ControlLook::Picture && isAbout(control.picture))
            return tr("The control picture “%1” cannot be used.").arg(QFileInfo(control.picture).fileName());
    }
    return {};
}

} // namespace pentimento
