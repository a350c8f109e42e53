// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pentimento {

/// Screen readers are told a SliderRow's value, not where its handle stands. Does nothing the second time.
void installSliderAccess();

} // namespace pentimento
