// SPDX-License-Identifier: Apache-2.0
#include "inference/schedulers/beta_quantile.h"

#include <cmath>

namespace pentimento {
namespace {

/// Continued fraction of the incomplete beta function (NIST DLMF 8.17.22) by Lentz's method.
double fraction(double x, double a, double b)
{
    constexpr double tiny = 1e-300;
    const auto nonzero = [](double value) { return std::abs(value) < tiny ? tiny : value; };
    double c = 1, d = 1 / nonzero(1 - (a + b) * x / (a + 1)), result = d;
    for (int m = 1; m < 1000; ++m) {
        const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
        const double odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        double change = 1;
        for (const double term : {even, odd}) {
            d = 1 / nonzero(1 + term * d);
            c = nonzero(1 + term / c);
            change = c * d;
            result *= change;
        }
        if (std::abs(change - 1) < 1e-15)
            break;
    }
    return result;
}

/// Regularised incomplete beta function.
double cumulative(double x, double a, double b)
{
    if (x <= 0 || x >= 1)
        return x <= 0 ? 0 : 1;
    if (x > (a + 1) / (a + b + 2)) // where the fraction converges slowly
        return 1 - cumulative(1 - x, b, a);
    const double logBeta = std::lgamma(a) + std::lgamma(b) - std::lgamma(a + b);
    return std::exp(a * std::log(x) + b * std::log1p(-x) - logBeta) / a * fraction(x, a, b);
}

} // namespace

double betaQuantile(double probability, double a, double b)
{
    double low = 0, high = 1;
    if (probability <= low || probability >= high)
        return probability <= low ? low : high;
    for (int i = 0; i < 200 && high - low > 1e-16; ++i) {
        const double middle = (low + high) / 2;
        (cumulative(middle, a, b) < probability ? low : high) = middle;
    }
    return (low + high) / 2;
}

} // namespace pentimento
