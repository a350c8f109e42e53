// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QString>

namespace pentimento {

QString keyboardHelpPage(); ///< HTML, made from the action table
QString aboutPage();        ///< HTML, version and licences

} // namespace pentimento
