// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QScreen>
#include <QWidget>

namespace pentimento {

/// The largest size in which a window, with the frame around it, is wholly on its screen. At large scale factors it is little.
inline QSize screenRoom(const QWidget& window)
{
    return window.screen()->availableSize() - QSize(24, 64);
}

} // namespace pentimento
