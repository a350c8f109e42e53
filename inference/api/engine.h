// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/api/edit_plan.h"
#include "inference/api/error.h"
#include "inference/api/model_check.h"
#include "inference/api/request.h"
#include "inference/api/work_report.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace pentimento {

/// Shared between the one who asks and the one who works. Never reset: one token per job.
class CancelToken {
public:
    CancelToken() : m_cancelled(std::make_shared<std::atomic<bool>>(false)) {}
    void cancel() const noexcept { m_cancelled->store(true, std::memory_order_relaxed); }
    bool cancelled() const noexcept { return m_cancelled->load(std::memory_order_relaxed); }

private:
    std::shared_ptr<std::atomic<bool>> m_cancelled;
};

/// Sent once, when everything is checked and the model is loaded.
struct Started {
    std::string model;
    EditPlan plan;
    int steps = 0; ///< model calls that will really run
    std::uint64_t seed = 0;
};

struct Progress {
    int step = 0; ///< finished steps
    int steps = 0;
    double seconds = 0;     ///< since the loop began
    double secondsLeft = 0; ///< estimate, decoding included
};

/// The x0 estimate for the crop: RGB, 8 bit, any resolution (the latents' or the working one); stretch it over
/// `rect` and show it through the plan's paste mask. Sent for the first picture of a batch.
struct Preview {
    int step = 0;
    Rect rect;
    Image pixels;
};

/// Called on the engine's thread, in order. Must return quickly and never throw.
class EventSink {
public:
    virtual ~EventSink() = default;
    virtual void loading(const std::string& what) noexcept = 0; ///< "model", "picture": before started()
    virtual void started(const Started& started) noexcept = 0;
    virtual void progress(const Progress& progress) noexcept = 0;
    virtual bool wantsPreview() noexcept = 0; ///< false while the last preview was not taken yet
    virtual void preview(const Preview& preview) noexcept = 0;
    virtual void notice(const std::string& text) noexcept = 0; ///< something worth knowing that is no error
};

struct Variant {
    Patch patch;
    std::uint64_t seed = 0;
};

struct Result {
    std::vector<Variant> variants; ///< `batch` of them, same rect
    EditPlan plan;
    std::string model;
    int steps = 0;
    double seconds = 0; ///< from run() to its end, model loading not included
    double loadSeconds = 0;
    std::uint64_t peakMemory = 0; ///< bytes of the process at its largest
};

using Outcome = std::variant<Result, Error, Cancelled>;

struct EngineInfo {
    std::string torch;  ///< version
    std::string blas;   ///< library file or build string
    std::string device; ///< "cpu"
    int threads = 0;
};

struct BenchRequest {
    std::vector<std::string> rows; ///< empty: all
    std::string arch = "sd15-inpaint";
    int size = 256;              ///< picture pixels
    int steps = 3;               ///< repetitions
    std::filesystem::path model; ///< for the whole-edit rows
    int threads = 0;
};

struct BenchRow {
    std::string name;
    double seconds = 0;
    double gflop = 0;      ///< 2 x multiply-adds counted from shapes; 0: not meaningful
    double timesSgemm = 0; ///< gflop / seconds over the sgemm rate of the same run
    std::string note;
};

/// The inference engine. One thread at a time; the same thread for all calls.
class Engine {
public:
    virtual ~Engine() = default;
    virtual Outcome run(const Request& request, EventSink& sink, const CancelToken& cancel) noexcept = 0;
    /// Loads what `request` names (model, vae, loras) ahead of its first job; the rest of it is not read.
    virtual std::variant<std::monostate, Error, Cancelled> preload(const Request& request,
                                                                   const CancelToken& cancel) noexcept = 0;
    /// Looks at everything that can be wrong with a model; the one in use is given up for it.
    virtual std::variant<ModelCheck, Error, Cancelled> verify(const std::filesystem::path& model, const WorkReport& report,
                                                              const CancelToken& cancel) noexcept = 0;
    virtual EngineInfo info() noexcept = 0;
    virtual Expected<std::vector<BenchRow>> bench(const BenchRequest& request, const CancelToken& cancel) noexcept = 0;
};

} // namespace pentimento
