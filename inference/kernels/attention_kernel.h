// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace pentimento {

/// Shapes of one attention, float32. Element (batch, position, head, i) of q, k, v and out lies at
/// (batch * positions + position) * heads * dim + head * dim + i.
struct AttentionShape {
    std::int64_t batch = 1, queries = 0, keys = 0, heads = 1, dim = 0;
    std::int64_t queryBlocks() const;
    std::int64_t tasks() const { return batch * heads * queryBlocks(); }
};

/// Keys and values repacked for vector loads: per (batch, head) the transposed keys and the values, padded.
struct PackedKeyValues {
    std::vector<float> keys, values;
    std::int64_t paddedKeys = 0, paddedDim = 0;
};
PackedKeyValues allocateKeyValues(const AttentionShape& shape);

/// Packs the keys and values of one (batch, head), `index` = batch * heads + head.
void packKeyValues(const AttentionShape& shape, const float* k, const float* v, std::int64_t index, PackedKeyValues& packed);

/// softmax(q k^T * scale) v for one block of queries of one head; task 0 .. shape.tasks() - 1. Blocks of keys with a
/// running maximum and sum, so that no score row longer than a block exists (FlashAttention, Dao et al. 2022).
/// Tasks may run on any threads at the same time.
void attentionTask(const AttentionShape& shape, const float* q, const PackedKeyValues& packed, float scale, float* out,
                   std::int64_t task);

} // namespace pentimento
