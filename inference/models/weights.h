// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>

namespace pentimento {

/// Where a model's tensors come from. `get` returns a tensor of exactly `shape` in the model's dtype, or throws
/// Exception(BadInput) naming the tensor; a trailing 1 x 1 of a convolution may stand for a linear layer and back.
struct TensorSource {
    std::function<at::Tensor(const std::string& name, at::IntArrayRef shape)> get;
    std::function<bool(const std::string& name)> has;
    /// The same as the file holds it, in its own float type, without a copy; valid while the source is. Empty: as `get`.
    std::function<at::Tensor(const std::string& name, at::IntArrayRef shape)> view;
    /// Whether convolutions keep their weights transformed, at 4 to 8 times their memory; else they do it at every use.
    bool keepTransformed = true;
};

/// A scope of tensor names: weights / "down_blocks" / 0 / "resnets". Names stay verbatim checkpoint keys.
class Weights {
public:
    explicit Weights(std::shared_ptr<const TensorSource> source, std::string prefix = {})
        : m_source(std::move(source)), m_prefix(std::move(prefix))
    {
    }
    Weights operator/(const std::string& name) const { return Weights(m_source, m_prefix + name + "."); }
    Weights operator/(std::size_t index) const { return *this / std::to_string(index); }
    at::Tensor get(const std::string& name, at::IntArrayRef shape) const { return m_source->get(m_prefix + name, shape); }
    at::Tensor view(const std::string& name, at::IntArrayRef shape) const
    {
        return (m_source->view ? m_source->view : m_source->get)(m_prefix + name, shape);
    }
    bool has(const std::string& name) const { return m_source->has(m_prefix + name); }
    bool keepTransformed() const { return m_source->keepTransformed; }

private:
    std::shared_ptr<const TensorSource> m_source;
    std::string m_prefix;
};

} // namespace pentimento
