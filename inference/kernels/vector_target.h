// SPDX-License-Identifier: Apache-2.0
#pragma once

// Included first by every kernel file, before foreach_target.h. Vectors of unknown size cannot stand in arrays, which
// the accumulators need: those targets fall back to the fixed ones.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)

// Accumulator arrays live in registers only when the loops over them are unrolled, which -O2 does not do by itself.
#if defined(__GNUC__)
#define PENTIMENTO_UNROLL _Pragma("GCC unroll 16")
#else
#define PENTIMENTO_UNROLL
#endif
