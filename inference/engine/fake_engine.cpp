// SPDX-License-Identifier: Apache-2.0
#include "inference/engine/fake_engine.h"

#include <algorithm>
#include <cstring>

namespace pentimento {
namespace {

Rect paintedBox(const Image& mask)
{
    int left = mask.width, top = mask.height, right = 0, bottom = 0;
    for (int y = 0; y < mask.height; ++y) {
        for (int x = 0; x < mask.width; ++x) {
            if (mask.row8(y)[x] <= 127)
                continue;
            left = std::min(left, x);
            top = std::min(top, y);
            right = std::max(right, x + 1);
            bottom = std::max(bottom, y + 1);
        }
    }
    return right > left ? Rect{left, top, right - left, bottom - top} : Rect{};
}

Image filled(Size size, int channels, int bits, std::uint8_t shade)
{
    ImageBuffer buffer(size.width, size.height, channels, bits);
    for (int y = 0; y < size.height; ++y)
        std::memset(buffer.row(y), shade, buffer.stride);
    return std::move(buffer).share();
}

Image paintedAlpha(const Image& mask, const Rect& rect)
{
    ImageBuffer alpha(rect.width, rect.height, 1);
    for (int y = 0; y < rect.height; ++y) {
        for (int x = 0; x < rect.width; ++x)
            alpha.row8(y)[x] = mask.row8(rect.y + y)[rect.x + x] > 127 ? 255 : 0;
    }
    return std::move(alpha).share();
}

} // namespace

Outcome FakeEngine::run(const Request& request, EventSink& sink, const CancelToken& cancel) noexcept
{
    if (m_script.asked)
        m_script.asked(request);
    sink.loading("model");
    const Rect rect = paintedBox(request.mask);
    if (rect.empty())
        return Error{ErrorCode::BadInput, "the mask is empty", "", "paint over what should change", ""};
    Result result;
    result.plan.painted = result.plan.crop = rect;
    result.plan.working = rect.size();
    result.plan.paste = result.plan.denoise = paintedAlpha(request.mask, rect);
    sink.started({"fake", result.plan, m_script.steps, request.seed});
    for (int step = 1; step <= m_script.steps; ++step) {
        const auto end = std::chrono::steady_clock::now() + m_script.stepTime;
        while (std::chrono::steady_clock::now() < end) {
            if (cancel.cancelled() && !m_script.ignoresCancel)
                return Cancelled{};
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        sink.progress({step, m_script.steps, 0.1 * step, 0.1 * (m_script.steps - step)});
        if (m_script.previewEveryStep && sink.wantsPreview())
            sink.preview({step, rect, filled({8, 8}, 3, 8, shade(request.seed))});
    }
    if (m_script.error)
        return *m_script.error;
    for (int i = 0; i < request.batch; ++i) {
        const std::uint64_t seed = request.seed + static_cast<std::uint64_t>(i);
        result.variants.push_back(
            {{rect, filled(rect.size(), request.image.channels, request.image.bits, shade(seed)), result.plan.paste}, seed});
    }
    result.model = "fake";
    result.steps = m_script.steps;
    return result;
}

std::variant<std::monostate, Error, Cancelled> FakeEngine::preload(const Request&, const CancelToken& cancel) noexcept
{
    if (cancel.cancelled())
        return Cancelled{};
    if (m_script.loadError)
        return *m_script.loadError;
    return std::monostate{};
}

std::variant<ModelCheck, Error, Cancelled> FakeEngine::verify(const std::filesystem::path& model, const WorkReport& report,
                                                              const CancelToken& cancel) noexcept
{
    for (int step = 0; step < m_script.steps; ++step) {
        if (cancel.cancelled())
            return Cancelled{};
        if (report)
            report({"checking", double(step) / m_script.steps, 0});
        std::this_thread::sleep_for(m_script.stepTime);
    }
    if (m_script.error)
        return *m_script.error;
    ModelCheck check;
    check.info.path = model;
    check.info.name = "fake";
    return check;
}

} // namespace pentimento
