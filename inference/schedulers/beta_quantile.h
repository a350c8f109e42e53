// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pentimento {

/// x with P(X <= x) = probability for a beta distribution: the inverse of the regularised incomplete beta function.
double betaQuantile(double probability, double a, double b);

} // namespace pentimento
