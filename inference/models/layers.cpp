// SPDX-License-Identifier: Apache-2.0
#include "inference/models/layers.h"

#include "inference/kernels/matrix_kernel.h"
#include "inference/kernels/pointwise_kernel.h"
#include "inference/kernels/winograd_kernel.h"
#include "inference/models/flop_counter.h"
#include "inference/models/parallel.h"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <vector>

namespace pentimento {
namespace {

WeightFormat formatOf(const at::Tensor& weights)
{
    switch (weights.scalar_type()) {
    case at::kHalf: return WeightFormat::Float16;
    case at::kBFloat16: return WeightFormat::BFloat16;
    default: return WeightFormat::Float32;
    }
}

PackedMatrix matrixOf(const at::Tensor& packed)
{
    return {packed.data_ptr(), formatOf(packed)};
}

/// c = a b + bias over all threads: a grid of row and panel ranges, so that few rows keep all threads busy too.
void multiplyParallel(const float* a, std::int64_t aStride, PackedMatrix b, float* c, std::int64_t rows, std::int64_t depth,
                      std::int64_t columns, const float* bias)
{
    constexpr std::int64_t rowRange = 96;
    const std::int64_t threads = at::get_num_threads(), panels = panelCount(columns);
    const std::int64_t rowRanges = (rows + rowRange - 1) / rowRange;
    const std::int64_t panelRanges = std::min(panels, std::max<std::int64_t>(1, 4 * threads / rowRanges));
    const std::int64_t panelRange = (panels + panelRanges - 1) / panelRanges;
    parallelTasks(rowRanges * panelRanges, [&](std::int64_t task) {
        const std::int64_t row = task / panelRanges * rowRange, panel = task % panelRanges * panelRange;
        multiplyPackedPanels(a + row * aStride, aStride, b, c + row * columns, columns, std::min(rowRange, rows - row), depth,
                             columns, bias, MatrixStart::Bias, panel, std::min(panels, panel + panelRange));
    });
}

/// Lays weights out for the kernels, panel by panel on all threads: `lay(first, last)`.
template <typename Lay> void layPanels(std::int64_t columns, const Lay& lay)
{
    constexpr std::int64_t range = 4;
    const std::int64_t panels = panelCount(columns);
    parallelTasks((panels + range - 1) / range, [&](std::int64_t i) { lay(i * range, std::min(panels, (i + 1) * range)); });
}

/// Weights (columns, in, ...) as packWeights lays them out, in their own type where the kernels read it.
at::Tensor packed(const at::Tensor& weights)
{
    const bool narrow = weights.scalar_type() == at::kHalf || weights.scalar_type() == at::kBFloat16;
    const at::Tensor numbers = (narrow ? weights : weights.to(at::kFloat)).contiguous();
    const std::int64_t columns = numbers.size(0), in = numbers.size(1), depth = numbers.numel() / columns;
    const at::Tensor result = at::empty({packedSize(depth, columns)}, numbers.options());
    layPanels(columns, [&](std::int64_t first, std::int64_t last) {
        packWeights(numbers.data_ptr(), formatOf(numbers), columns, in, depth / in, result.data_ptr(), first, last);
    });
    return result;
}

at::Tensor transformedWeights(const Conv2d& conv)
{
    const at::Tensor result = at::empty({winogradWeightSize(conv.in, conv.out)});
    layPanels(conv.out, [&](std::int64_t first, std::int64_t last) {
        transformWinogradWeights(matrixOf(conv.packed), conv.in, conv.out, result.data_ptr<float>(), first, last);
    });
    return result;
}

at::Tensor emptyMap(const at::Tensor& like, std::int64_t channels, std::int64_t height, std::int64_t width)
{
    return at::empty({like.size(0), channels, height, width}, like.options().memory_format(at::MemoryFormat::ChannelsLast));
}

bool canTransform(const Conv2d& conv)
{
    return conv.kernel == 3 && conv.stride == 1 && conv.in % panelWidth == 0 && conv.out % panelWidth == 0;
}

/// Weights that are transformed for one use must be used often enough in it.
bool usesWinograd(const Conv2d& conv, const at::Tensor& x)
{
    constexpr std::int64_t leastTiles = 32;
    return conv.transformed.defined() ||
           (canTransform(conv) && WinogradShape{x.size(0), x.size(2), x.size(3)}.tiles() >= leastTiles);
}

/// Rows of the patch matrix, (kernel * kernel * in) floats each, for output pixels [first, last).
void gatherPatches(const Conv2d& conv, const float* x, std::int64_t height, std::int64_t width, std::int64_t outHeight,
                   std::int64_t outWidth, std::int64_t first, std::int64_t last, float* patches)
{
    for (std::int64_t pixel = first; pixel < last; ++pixel) {
        const std::int64_t n = pixel / (outHeight * outWidth);
        const std::int64_t top = pixel / outWidth % outHeight * conv.stride - conv.padStart;
        const std::int64_t left = pixel % outWidth * conv.stride - conv.padStart;
        for (std::int64_t ky = 0; ky < conv.kernel; ++ky) {
            for (std::int64_t kx = 0; kx < conv.kernel; ++kx, patches += conv.in) {
                const std::int64_t sy = top + ky, sx = left + kx;
                if (sy >= 0 && sy < height && sx >= 0 && sx < width)
                    std::copy_n(x + ((n * height + sy) * width + sx) * conv.in, conv.in, patches);
                else
                    std::fill_n(patches, conv.in, 0.0f);
            }
        }
    }
}

at::Tensor convolveWinograd(const Conv2d& conv, const at::Tensor& x, const float* bias, const ForwardContext& context)
{
    const WinogradShape shape{x.size(0), x.size(2), x.size(3), conv.in, conv.out};
    const at::Tensor result = emptyMap(x, conv.out, x.size(2), x.size(3));
    const at::Tensor weights = conv.transformed.defined() ? conv.transformed : transformedWeights(conv);
    // Enough tiles at a time to reuse the weights, few enough for the caches.
    constexpr std::int64_t scratchFloats = 1 << 20;
    const std::int64_t longest = std::max<std::int64_t>(24, scratchFloats / (winogradPoints * std::max(conv.in, conv.out)));
    const std::int64_t range = evenRange(shape.tiles(), longest);
    parallelTasks((shape.tiles() + range - 1) / range, [&](std::int64_t i) {
        if (context.cancelled())
            return;
        const at::Tensor scratch = at::empty({winogradScratchSize(shape, range)}, x.options());
        winogradTiles(shape, x.data_ptr<float>(), weights.data_ptr<float>(), bias, result.data_ptr<float>(), i * range,
                      std::min(shape.tiles(), (i + 1) * range), scratch.data_ptr<float>());
    });
    return result;
}

at::Tensor convolveDirect(const Conv2d& conv, const at::Tensor& x, const float* bias, const ForwardContext& context)
{
    const std::int64_t height = x.size(2), width = x.size(3), depth = conv.kernel * conv.kernel * conv.in;
    const std::int64_t outHeight = (height + conv.padStart + conv.padEnd - conv.kernel) / conv.stride + 1;
    const std::int64_t outWidth = (width + conv.padStart + conv.padEnd - conv.kernel) / conv.stride + 1;
    const std::int64_t pixels = x.size(0) * outHeight * outWidth;
    const at::Tensor result = emptyMap(x, conv.out, outHeight, outWidth);
    float* out = result.data_ptr<float>();
    if (conv.kernel == 1 && conv.stride == 1) {
        multiplyParallel(x.data_ptr<float>(), conv.in, matrixOf(conv.packed), out, pixels, depth, conv.out, bias);
        return result;
    }
    constexpr std::int64_t patchFloats = 4 << 20;
    const std::int64_t block = std::clamp<std::int64_t>(patchFloats / depth, 96, std::max<std::int64_t>(96, pixels));
    const at::Tensor patches = at::empty({std::min(block, pixels), depth}, x.options());
    for (std::int64_t first = 0; first < pixels; first += block) {
        context.poll();
        const std::int64_t last = std::min(pixels, first + block);
        constexpr std::int64_t pixelRange = 32;
        parallelTasks((last - first + pixelRange - 1) / pixelRange, [&](std::int64_t i) {
            const std::int64_t begin = first + i * pixelRange, end = std::min(last, begin + pixelRange);
            gatherPatches(conv, x.data_ptr<float>(), height, width, outHeight, outWidth, begin, end,
                          patches.data_ptr<float>() + (begin - first) * depth);
        });
        multiplyParallel(patches.data_ptr<float>(), depth, matrixOf(conv.packed), out + first * conv.out, last - first, depth,
                         conv.out, bias);
    }
    return result;
}

} // namespace

void ForwardContext::poll() const
{
    if (cancelled())
        throw CancelledException{};
}

Linear Linear::load(const Weights& weights, std::int64_t in, std::int64_t out, bool bias)
{
    return {in, out, pentimento::packed(weights.view("weight", {out, in})), bias ? weights.get("bias", {out}) : at::zeros({out})};
}

at::Tensor Linear::operator()(const at::Tensor& x) const
{
    const at::Tensor rows = x.contiguous();
    std::vector<std::int64_t> shape = x.sizes().vec();
    shape.back() = out;
    const at::Tensor result = at::empty(shape, x.options());
    const std::int64_t count = rows.numel() / in;
    FlopCounter::add(2.0 * static_cast<double>(count * in * out));
    multiplyParallel(rows.data_ptr<float>(), in, matrixOf(packed), result.data_ptr<float>(), count, in, out,
                     bias.data_ptr<float>());
    return result;
}

Conv2d Conv2d::load(const Weights& weights, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                    bool bias)
{
    Conv2d conv;
    conv.in = in;
    conv.out = out;
    conv.kernel = kernel;
    conv.stride = stride;
    conv.padStart = conv.padEnd = kernel / 2;
    conv.bias = bias ? weights.get("bias", {out}).contiguous() : at::zeros({out});
    conv.packed = pentimento::packed(weights.view("weight", {out, in, kernel, kernel}));
    // Beyond this size the maps are small and gain little.
    constexpr std::int64_t largestKept = 1280 * 820;
    if (weights.keepTransformed() && canTransform(conv) && in * out <= largestKept) {
        conv.transformed = transformedWeights(conv);
        conv.packed.reset();
    }
    return conv;
}

at::Tensor Conv2d::operator()(const at::Tensor& x, const ForwardContext& context, const at::Tensor& biasInstead) const
{
    context.poll();
    const at::Tensor map = x.contiguous(at::MemoryFormat::ChannelsLast);
    const float* offset = (biasInstead.defined() ? biasInstead : bias).data_ptr<float>();
    const at::Tensor result =
        usesWinograd(*this, map) ? convolveWinograd(*this, map, offset, context) : convolveDirect(*this, map, offset, context);
    FlopCounter::add(2.0 * static_cast<double>(result.numel() * in * kernel * kernel));
    context.poll();
    return result;
}

GroupNorm GroupNorm::load(const Weights& weights, std::int64_t channels, std::int64_t groups, double eps)
{
    GroupNorm norm;
    norm.weight = weights.get("weight", {channels}).contiguous();
    norm.bias = weights.get("bias", {channels}).contiguous();
    norm.groups = groups;
    norm.eps = eps;
    return norm;
}

at::Tensor GroupNorm::normalise(const at::Tensor& x, bool silu) const
{
    const at::Tensor map = x.contiguous(at::MemoryFormat::ChannelsLast);
    const std::int64_t n = map.size(0), channels = map.size(1), rows = map.size(2) * map.size(3);
    const at::Tensor result = emptyMap(map, channels, map.size(2), map.size(3));
    const std::int64_t range = evenRange(rows, 256);
    const std::int64_t ranges = (rows + range - 1) / range, width = channels / groups;
    std::vector<double> partial(static_cast<std::size_t>(n * ranges * 2 * channels));
    std::vector<float> scale(static_cast<std::size_t>(n * channels)), shift(scale.size());
    const float* source = map.data_ptr<float>();
    parallelTasks(n * ranges, [&](std::int64_t i) {
        const std::int64_t row = i % ranges * range;
        addMoments(source + (i / ranges * rows + row) * channels, std::min(range, rows - row), channels,
                   partial.data() + i * 2 * channels);
    });
    for (std::int64_t picture = 0; picture < n; ++picture) {
        for (std::int64_t group = 0; group < groups; ++group) {
            double sum = 0, squares = 0;
            for (std::int64_t i = 0; i < ranges; ++i) {
                const double* moments = partial.data() + (picture * ranges + i) * 2 * channels + group * width;
                for (std::int64_t c = 0; c < width; ++c) {
                    sum += moments[c];
                    squares += moments[channels + c];
                }
            }
            const double count = static_cast<double>(rows * width), mean = sum / count;
            const double factor = 1.0 / std::sqrt(std::max(squares / count - mean * mean, 0.0) + eps);
            for (std::int64_t c = group * width; c < (group + 1) * width; ++c) {
                const double gain = factor * static_cast<double>(weight.data_ptr<float>()[c]);
                const std::size_t index = static_cast<std::size_t>(picture * channels + c);
                scale[index] = static_cast<float>(gain);
                shift[index] = static_cast<float>(static_cast<double>(bias.data_ptr<float>()[c]) - mean * gain);
            }
        }
    }
    parallelTasks(n * ranges, [&](std::int64_t i) {
        const std::int64_t row = i % ranges * range, picture = i / ranges;
        const std::int64_t offset = (picture * rows + row) * channels;
        scaleShift(source + offset, scale.data() + picture * channels, shift.data() + picture * channels,
                   result.data_ptr<float>() + offset, std::min(range, rows - row), channels, silu);
    });
    return result;
}

LayerNorm LayerNorm::load(const Weights& weights, std::int64_t channels, double eps)
{
    return {weights.get("weight", {channels}), weights.get("bias", {channels}), eps};
}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const
{
    return at::layer_norm(x, {x.size(-1)}, weight, bias, eps);
}

} // namespace pentimento
