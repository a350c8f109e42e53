// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QCoreApplication>

namespace pentimento {

/// tr() for functions outside of any QObject. The context is the one under which lupdate files their texts.
inline QString tr(const char* text)
{
    return QCoreApplication::translate("pentimento", text);
}

} // namespace pentimento
