// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace pentimento {

/// Makes libtorch's CPU tensors come from a pool: the denoising loop asks for the same sizes again and again, and fresh
/// pages from the system cost more than many of the operations on them. Call once, before any tensor exists.
void installBufferPool();

/// Gives the buffers that no tensor uses back to the system; after a job and after loading.
void trimBufferPool() noexcept;

} // namespace pentimento
