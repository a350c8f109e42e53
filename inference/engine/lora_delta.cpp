// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/lora_delta.h"

#include "inference/api/error.h"

#include <ATen/ATen.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace pentimento {
namespace {

using Part = LoraPart;

std::string shapeText(at::IntArrayRef shape)
{
    std::string text = "[";
    for (const std::int64_t side : shape)
        text += (text.size() > 1 ? ", " : "") + std::to_string(side);
    return text + "]";
}

/// Reads and checks the parts of one update; every refusal names the tensor.
class Parts {
public:
    explicit Parts(const LoraUpdate& update) : m_update(update) {}

    bool has(Part part) const { return m_update.module.find(part) != nullptr; }

    at::Tensor operator[](Part part) const
    {
        const TensorEntry& entry = *m_update.module.find(part);
        const at::Tensor stored = at::empty(entry.shape, at::TensorOptions().dtype(scalarType(entry)));
        std::memcpy(stored.data_ptr(), entry.data, entry.bytes);
        const at::Tensor values = stored.to(at::kFloat);
        if (values.numel() == 0)
            refuse(part, "the tensor is empty");
        if (!at::isfinite(values).all().item<bool>())
            refuse(part, "the tensor holds values that are no numbers (NaN or infinite)");
        return values;
    }

    /// As a matrix: the first dimension by all others.
    at::Tensor matrix(Part part) const
    {
        const at::Tensor values = (*this)[part];
        if (values.dim() < 2)
            refuse(part, "the tensor has the shape " + shapeText(values.sizes()) + ", which is no matrix");
        return values.flatten(1);
    }

    at::Tensor product(Part left, Part right) const
    {
        const at::Tensor a = matrix(left), b = matrix(right);
        if (a.size(1) != b.size(0))
            refuse(left, "the tensor's " + std::to_string(a.size(1)) + " columns do not fit the " + std::to_string(b.size(0)) +
                             " rows of its other factor");
        return at::matmul(a, b);
    }

    /// sum over i, j of a[i, p] core[i, j, ...] b[j, q], as a matrix p by (q, ...).
    at::Tensor tucker(Part core, const at::Tensor& a, const at::Tensor& b) const
    {
        const at::Tensor t = (*this)[core];
        if (t.dim() < 3 || t.size(0) != a.size(0) || t.size(1) != b.size(0))
            refuse(core, "the core's shape " + shapeText(t.sizes()) + " does not fit its factors");
        const at::Tensor cells = t.flatten(2);                         // i j k
        const at::Tensor right = at::matmul(cells.transpose(1, 2), b); // i k q
        const at::Tensor both = at::matmul(a.t(), right.flatten(1));   // p (k q)
        return both.view({a.size(1), cells.size(2), b.size(1)}).transpose(1, 2).flatten(1);
    }

    std::optional<double> number(Part part) const
    {
        if (!has(part))
            return std::nullopt;
        const at::Tensor value = (*this)[part];
        if (value.numel() != 1)
            refuse(part, "the tensor should be one number");
        return value.item<double>();
    }

    [[noreturn]] void refuse(Part part, const std::string& what) const
    {
        const TensorEntry* entry = m_update.module.find(part);
        throw Exception(ErrorCode::BadInput, what, m_update.file + ", tensor " + (entry ? entry->name : m_update.module.name),
                        "use a LoRA that was made for this kind of model");
    }

private:
    at::ScalarType scalarType(const TensorEntry& entry) const
    {
        switch (entry.dtype) {
        case Dtype::F64: return at::kDouble;
        case Dtype::F32: return at::kFloat;
        case Dtype::F16: return at::kHalf;
        case Dtype::BF16: return at::kBFloat16;
        case Dtype::I64: return at::kLong;
        case Dtype::I32: return at::kInt;
        default:
            throw Exception(ErrorCode::BadInput, std::string("a LoRA stored as ") + dtypeName(entry.dtype) + " cannot be read",
                            m_update.file + ", tensor " + entry.name, "get it in float16");
        }
    }

    const LoraUpdate& m_update;
};

/// A part that is there, for an error about the whole.
Part anyPart(const LoraModule& module)
{
    return module.parts.begin()->first;
}

struct Delta {
    at::Tensor matrix;     ///< out by everything else
    std::int64_t rank = 0; ///< 0: alpha does not count
};

Delta lowRank(const Parts& parts)
{
    const at::Tensor down = parts.matrix(Part::Down);
    if (!parts.has(Part::Mid))
        return {parts.product(Part::Up, Part::Down), down.size(0)};
    return {parts.tucker(Part::Mid, parts.matrix(Part::Up).t(), down), down.size(0)};
}

Delta hadamard(const Parts& parts)
{
    const std::int64_t rank = parts.matrix(Part::HadaW1B).size(0);
    const auto factor = [&](Part core, Part a, Part b) {
        return parts.has(core) ? parts.tucker(core, parts.matrix(a), parts.matrix(b)) : parts.product(a, b);
    };
    const at::Tensor first = factor(Part::HadaT1, Part::HadaW1A, Part::HadaW1B);
    const at::Tensor second = factor(Part::HadaT2, Part::HadaW2A, Part::HadaW2B);
    if (first.sizes() != second.sizes())
        parts.refuse(Part::HadaW2A,
                     "the two factors have different shapes, " + shapeText(first.sizes()) + " and " + shapeText(second.sizes()));
    return {first * second, rank};
}

Delta kronecker(const Parts& parts, const at::Tensor& weight)
{
    const at::Tensor first = parts.has(Part::LokrW1) ? parts.matrix(Part::LokrW1) : parts.product(Part::LokrW1A, Part::LokrW1B);
    const at::Tensor second = parts.has(Part::LokrW2) ? parts.matrix(Part::LokrW2)
                              : parts.has(Part::LokrT2)
                                  ? parts.tucker(Part::LokrT2, parts.matrix(Part::LokrW2A), parts.matrix(Part::LokrW2B))
                                  : parts.product(Part::LokrW2A, Part::LokrW2B);
    std::int64_t rank = 0;
    if (!parts.has(Part::LokrW2))
        rank = parts.matrix(Part::LokrW2B).size(0);
    else if (!parts.has(Part::LokrW1))
        rank = parts.matrix(Part::LokrW1B).size(0);
    // Before the product is made: two small tensors could ask for an enormous one.
    if (first.numel() > weight.numel() || second.numel() > weight.numel() / first.numel())
        parts.refuse(parts.has(Part::LokrW1) ? Part::LokrW1 : Part::LokrW1A, "the update is larger than the model's weight");
    return {at::kron(first, second), rank};
}

/// s: the module's own scale, else alpha by the rank, else 1.
double scaleOf(const Parts& parts, const LoraModule& module, std::int64_t rank)
{
    const std::optional<double> scale = parts.number(Part::Scale);
    const std::optional<double> alpha = parts.has(Part::Alpha) ? parts.number(Part::Alpha) : module.configuredAlpha;
    if (rank == 0)
        return 1;
    const double divisor = module.rankStabilised ? std::sqrt(static_cast<double>(rank)) : static_cast<double>(rank);
    return scale ? *scale : alpha ? *alpha / divisor : 1;
}

/// The matrix in the weight's shape.
at::Tensor shaped(const at::Tensor& matrix, const at::Tensor& weight, const Parts& parts, const LoraModule& module)
{
    const std::int64_t out = weight.dim() > 0 ? weight.size(0) : 0;
    if (matrix.size(0) == out && matrix.numel() == weight.numel())
        return matrix.reshape(weight.sizes());
    // A LoRA of the base model on an inpainting model's first convolution: mask and masked picture follow the latents.
    const std::int64_t cells = weight.dim() == 4 ? weight.size(2) * weight.size(3) : 0;
    if (cells > 0 && matrix.size(0) == out && matrix.size(1) == 4 * cells && weight.size(1) == 9) {
        at::Tensor padded = at::zeros_like(weight, at::MemoryFormat::Contiguous);
        padded.narrow(1, 0, 4).copy_(matrix.reshape({out, 4, weight.size(2), weight.size(3)}));
        return padded;
    }
    parts.refuse(anyPart(module),
                 "the update has the shape " + shapeText(matrix.sizes()) + " where the model has " + shapeText(weight.sizes()));
}

/// V brought to the lengths that the file gives.
at::Tensor relengthened(const at::Tensor& v, const Parts& parts)
{
    const Part part = parts.has(Part::Magnitude) ? Part::Magnitude : Part::DoraScale;
    const at::Tensor stored = parts[part];
    const at::Tensor lengths = stored.flatten();
    const bool perOutput = part == Part::Magnitude || stored.dim() == 1 || stored.size(0) != 1;
    const std::int64_t axis = perOutput ? 0 : 1;
    if (v.dim() < 2 || lengths.numel() != v.size(axis))
        parts.refuse(part, "DoRA's lengths have the shape " + shapeText(stored.sizes()) + " where the model has " +
                               shapeText(v.sizes()));
    const at::Tensor norms = at::linalg_vector_norm(v.transpose(0, axis).flatten(1), 2, at::IntArrayRef{1}) +
                             std::numeric_limits<float>::epsilon(); // as LyCORIS: rows of zeros stay
    std::vector<std::int64_t> shape(static_cast<std::size_t>(v.dim()), 1);
    shape[static_cast<std::size_t>(axis)] = lengths.numel();
    return v * (lengths / norms).view(shape);
}

} // namespace

at::Tensor withUpdate(const at::Tensor& weight, const LoraUpdate& update)
{
    const LoraModule& module = update.module;
    const Parts parts(update);
    if (update.strength == 0 || (module.kind == LoraKind::Difference && !parts.has(Part::Diff)))
        return weight;
    Delta delta;
    switch (module.kind) {
    case LoraKind::LowRank: delta = lowRank(parts); break;
    case LoraKind::Hadamard: delta = hadamard(parts); break;
    case LoraKind::Kronecker: delta = kronecker(parts, weight); break;
    case LoraKind::Difference: {
        const at::Tensor diff = parts[Part::Diff];
        delta.matrix = diff.dim() < 2 ? diff.view({-1, 1}) : diff.flatten(1);
        break;
    }
    }
    const double scale = scaleOf(parts, update.module, delta.rank);
    const at::Tensor change = shaped(delta.matrix, weight, parts, module);
    if (!parts.has(Part::DoraScale) && !parts.has(Part::Magnitude))
        return weight + change * (scale * update.strength);
    const at::Tensor whole = relengthened(weight + change * scale, parts);
    return weight + (whole - weight) * update.strength;
}

at::Tensor biasWithUpdate(const at::Tensor& bias, const LoraUpdate& update)
{
    const Parts parts(update);
    if (update.strength == 0 || !parts.has(Part::DiffBias))
        return bias;
    const at::Tensor change = parts[Part::DiffBias];
    if (change.numel() != bias.numel())
        parts.refuse(Part::DiffBias,
                     "the update has the shape " + shapeText(change.sizes()) + " where the model has " + shapeText(bias.sizes()));
    return bias + change.view(bias.sizes()) * update.strength;
}

} // namespace pentimento
