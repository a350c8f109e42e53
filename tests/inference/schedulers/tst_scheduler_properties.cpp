// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"
#include "tests/support/scheduler_run.h"

#include "inference/api/error.h"
#include "inference/schedulers/beta_quantile.h"

#include <QTest>

#include <set>

using namespace pentimento;
using namespace pentimento::testing;

/// What holds for every scheduler and every configuration, golden or not.
class TestSchedulerProperties : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void perfectModelLandsOnCleanSample_data() { rows(); }
    void perfectModelLandsOnCleanSample();
    void runsBeginInTheMiddle_data() { rows(); }
    void runsBeginInTheMiddle();
    void stepFollowsAddNoise_data() { rows(); }
    void stepFollowsAddNoise();
    void gaussianDataIsReached_data() { rows(); }
    void gaussianDataIsReached();
    void higherOrdersAreMoreExact();
    void sameSeedRepeats_data() { rows(); }
    void sameSeedRepeats();
    void sigmasFall_data() { rows(); }
    void sigmasFall();
    void impossibleStepsAreRefused_data();
    void impossibleStepsAreRefused();
    void heunDoublesAllButTheFirst();
    void logLinearSigmasFallEvenly();
    void noiseIsClippedByLambda();
    void betaQuantiles();

private:
    void rows() const;
    std::unique_ptr<Scheduler> make() const;
    const Json m_recipe = readJsonFile(referenceFolder() / "schedulers.json");
    const std::map<std::string, Json> m_configs = manyConfigs(m_recipe);
};

/// Signal and noise of a sample at timesteps()[index], as addNoise has them.
std::pair<double, double> levelAt(const Scheduler& scheduler, std::size_t index)
{
    const at::Tensor one = at::ones({1, 1, 1, 1}, at::kDouble), zero = at::zeros_like(one);
    return {scheduler.addNoise(one, zero, index).item<double>(), scheduler.addNoise(zero, one, index).item<double>()};
}

/// A model whose estimate of the clean sample is `clean(sample, signal, noise)`, in the output that the config wants.
Model modelOf(const Scheduler& scheduler, const Json& config, std::function<at::Tensor(const at::Tensor&, double, double)> clean)
{
    const std::string type = config["prediction_type"];
    return [&scheduler, type, clean](const at::Tensor& input, std::size_t i) {
        const double scale = scheduler.scaleModelInput(at::ones({1}, at::kDouble), i).item<double>();
        const auto [signal, noise] = levelAt(scheduler, i);
        const at::Tensor sample = input.to(at::kDouble) / scale;
        const at::Tensor estimate = clean(sample, signal, noise);
        const at::Tensor epsilon = (sample - signal * estimate) / noise;
        const at::Tensor output = type == "epsilon"        ? epsilon
                                  : type == "v_prediction" ? scale * (signal * epsilon - noise * estimate)
                                                           : estimate;
        return output.to(input.dtype());
    };
}

Model perfectModel(const Scheduler& scheduler, const Json& config, const at::Tensor& clean)
{
    return modelOf(scheduler, config, [clean](const at::Tensor&, double, double) { return clean; });
}

at::Tensor randomSample(std::uint64_t seed, std::int64_t size = 8)
{
    at::Generator generator = at::detail::createCPUGenerator(seed);
    return at::randn({2, 4, size, size}, generator, at::kDouble);
}

bool isStochastic(const std::string& name)
{
    return name.starts_with("ddpm") || name.find("ancestral") != std::string::npos || name.starts_with("lcm") ||
           name.find("sde") != std::string::npos;
}

/// How far a perfect run may end from the clean sample.
double landing(const std::string& name, const Json& config)
{
    if (name == "dpm_2m_sde" || name == "pndm_v") // draws more noise than long steps take; mixes velocities of several times
        return 1e9;
    // The last step leaves the training's smallest noise, 0.03, or that of timestep 0 where DDIM's stride does not fit.
    const bool noisyEnd = config.value("final_sigmas_type", "zero") == "sigma_min" || !config.value("set_alpha_to_one", true) ||
                          name == "ddpm_large" || name == "ddim_zsnr_v";
    return noisyEnd ? 0.06 : 1e-3;
}

void TestSchedulerProperties::rows() const
{
    QTest::addColumn<QString>("name");
    for (const auto& [name, config] : m_configs)
        QTest::newRow(name.c_str()) << QString::fromStdString(name);
}

std::unique_ptr<Scheduler> TestSchedulerProperties::make() const
{
    QFETCH(QString, name);
    return schedulerOf(m_configs.at(name.toStdString()));
}

// Also previews show it: every step's estimate is right.
void TestSchedulerProperties::perfectModelLandsOnCleanSample()
{
    QFETCH(QString, name);
    const Json config = m_configs.at(name.toStdString());
    const at::Tensor clean = randomSample(1);
    for (const int steps : {1, 2, 5, 7, 50}) {
        const std::unique_ptr<Scheduler> scheduler = make();
        if ((name == QLatin1String("pndm_prk") && steps < 4) || (name == QLatin1String("unipc_karras") && steps < 2) ||
            (name == QLatin1String("deis_karras") && steps < 2))
            continue;
        scheduler->setTimesteps(steps);
        std::vector<at::Tensor> denoised;
        const at::Tensor start = scheduler->addNoise(clean, randomSample(2), 0);
        const std::vector<at::Tensor> samples =
            runScheduler(*scheduler, start, perfectModel(*scheduler, config, clean), 3, 0, &denoised);
        QCOMPARE(samples.size(), scheduler->timesteps().size());
        for (const at::Tensor& estimate : denoised)
            QVERIFY(relativeError(estimate, clean) < 1e-3);
        QVERIFY(relativeError(samples.back(), clean) < landing(name.toStdString(), config));
    }
}

void TestSchedulerProperties::runsBeginInTheMiddle()
{
    QFETCH(QString, name);
    const Json config = m_configs.at(name.toStdString());
    const at::Tensor clean = randomSample(1);
    for (const int skipped : {1, 4, 9}) {
        const std::unique_ptr<Scheduler> scheduler = make();
        scheduler->setTimesteps(10);
        const std::size_t first = static_cast<std::size_t>(skipped * scheduler->order());
        const at::Tensor start = scheduler->addNoise(clean, randomSample(2), first);
        std::vector<at::Tensor> denoised;
        const auto run = [&] {
            return runScheduler(*scheduler, start, perfectModel(*scheduler, config, clean), 3, first, &denoised).back();
        };
        if (name == QLatin1String("pndm_prk")) {
            QVERIFY_THROWS_EXCEPTION(Exception, run());
            continue;
        }
        const at::Tensor end = run();
        for (const at::Tensor& estimate : denoised)
            QVERIFY(relativeError(estimate, clean) < 1e-3);
        // PNDM in diffusers takes the second call for a second look at the first timestep wherever the run begins, and
        // lags by a step from then on.
        const double tolerance = name.startsWith(QLatin1String("pndm")) ? 0.5 : landing(name.toStdString(), config);
        QVERIFY(relativeError(end, clean) < tolerance);
    }
}

// A sample on its way is the clean one with as much of the same noise as addNoise says: blending relies on it.
void TestSchedulerProperties::stepFollowsAddNoise()
{
    QFETCH(QString, name);
    if (isStochastic(name.toStdString()) || name == QLatin1String("pndm_v"))
        return;
    const Json config = m_configs.at(name.toStdString());
    const std::unique_ptr<Scheduler> scheduler = make();
    scheduler->setTimesteps(8); // divides 1000: DDIM's stride is the distance of its timesteps
    const at::Tensor clean = randomSample(1), noise = randomSample(2);
    const std::vector<at::Tensor> samples =
        runScheduler(*scheduler, scheduler->addNoise(clean, noise, 0), perfectModel(*scheduler, config, clean));
    for (std::size_t i = 0; i + 1 < samples.size(); ++i)
        QVERIFY(relativeError(samples[i], scheduler->addNoise(clean, noise, i + 1)) < 2e-3);
}

/// For Gaussian data of this deviation the best estimate is known, and so is where every sample ends.
constexpr double dataDeviation = 0.5;

at::Tensor bestEstimate(const at::Tensor& sample, double signal, double noise)
{
    const double data = dataDeviation * dataDeviation;
    return sample * (signal * data / (signal * signal * data + noise * noise));
}

/// Deviation of the result over what it should be.
double gaussianError(Scheduler& scheduler, const Json& config, int steps, bool stochastic)
{
    scheduler.setTimesteps(steps);
    const at::Tensor clean = randomSample(5, stochastic ? 100 : 8) * dataDeviation;
    const at::Tensor start = scheduler.addNoise(clean, randomSample(6, stochastic ? 100 : 8), 0);
    const at::Tensor end = runScheduler(scheduler, start, modelOf(scheduler, config, bestEstimate)).back();
    if (stochastic)
        return std::abs(end.std().item<double>() / dataDeviation - 1);
    const auto [signal, noise] = levelAt(scheduler, 0);
    const double total = std::sqrt(signal * signal * dataDeviation * dataDeviation + noise * noise);
    return relativeError(end, start * (dataDeviation / total));
}

void TestSchedulerProperties::gaussianDataIsReached()
{
    QFETCH(QString, name);
    const Json config = m_configs.at(name.toStdString());
    if (name.startsWith(QLatin1String("lcm"))) // jumps to the mean of the data at every step
        return;
    const std::unique_ptr<Scheduler> scheduler = make();
    const double error = gaussianError(*scheduler, config, 100, isStochastic(name.toStdString()));
    QVERIFY2(error < 0.08, std::to_string(error).c_str());
}

void TestSchedulerProperties::higherOrdersAreMoreExact()
{
    const auto error = [&](const char* name, int order = 0, const char* solver = nullptr) {
        Json config = m_recipe[name];
        config["use_karras_sigmas"] = true; // the last step, of first order always, is short then
        if (order > 0)
            config["solver_order"] = order;
        if (solver)
            config["solver_type"] = solver;
        return gaussianError(*schedulerOf(config), config, 40, false);
    };
    const double first = error("dpmpp_2m", 1);
    QVERIFY(first > 0.02);
    QVERIFY(error("euler") > 0.02);
    QVERIFY(error("heun") < first / 10);
    QVERIFY(error("dpmpp_2m", 2) < first / 10);
    QVERIFY(error("dpmpp_2m", 2, "heun") < first / 10);
    QVERIFY(error("dpmpp_2m", 3) < first / 10);
    QVERIFY(error("unipc", 2, "bh1") < first / 10);
    QVERIFY(error("unipc", 2, "bh2") < first / 10);
    QVERIFY(error("unipc", 3) < first / 10);
}

void TestSchedulerProperties::sameSeedRepeats()
{
    QFETCH(QString, name);
    const std::unique_ptr<Scheduler> scheduler = make();
    const at::Tensor start = randomSample(4).to(at::kFloat);
    const auto run = [&](std::uint64_t seed) {
        scheduler->setTimesteps(6); // forgets the run before
        return runScheduler(*scheduler, start, syntheticModel(*scheduler), seed).back();
    };
    const at::Tensor once = run(1);
    QVERIFY(at::isfinite(once).all().item<bool>());
    QVERIFY(at::equal(run(1), once));
    QCOMPARE(at::equal(run(2), once), !isStochastic(name.toStdString()));
}

void TestSchedulerProperties::sigmasFall()
{
    QFETCH(QString, name);
    const std::unique_ptr<Scheduler> scheduler = make();
    for (const int steps : {1, 7, 40}) {
        if (name == QLatin1String("pndm_prk") && steps < 4)
            continue;
        scheduler->setTimesteps(steps);
        const std::vector<double>& times = scheduler->timesteps();
        QVERIFY(static_cast<int>(times.size()) >= steps);
        if (name != QLatin1String("kdpm2_ancestral")) // the middle of such a step is its end, found in another way
            QVERIFY(std::is_sorted(times.rbegin(), times.rend()));
        const std::vector<double>& sigmas = scheduler->sigmas();
        if (sigmas.empty())
            continue;
        QCOMPARE(sigmas.size(), times.size() + 1);
        QVERIFY(std::is_sorted(sigmas.rbegin(), sigmas.rend()));
        const bool zero = m_configs.at(name.toStdString()).value("final_sigmas_type", "zero") == "zero";
        QCOMPARE(sigmas.back() == 0, zero);
    }
}

void TestSchedulerProperties::impossibleStepsAreRefused_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("steps");
    for (const auto& [name, config] : m_configs) {
        for (const int steps : {0, -1, 1001})
            QTest::addRow("%s %d", name.c_str(), steps) << QString::fromStdString(name) << steps;
    }
    QTest::newRow("more than the model was distilled on") << "lcm" << 51;
    QTest::newRow("repeated timesteps") << "dpmpp_2m" << 1000;
    QTest::newRow("too few for Runge-Kutta") << "pndm_prk" << 3;
}

void TestSchedulerProperties::impossibleStepsAreRefused()
{
    QFETCH(QString, name);
    QFETCH(int, steps);
    const std::unique_ptr<Scheduler> scheduler = make();
    try {
        scheduler->setTimesteps(steps);
    } catch (const Exception& e) {
        QCOMPARE(e.error().code, ErrorCode::Usage);
        return;
    }
    QFAIL("taken");
}

void TestSchedulerProperties::heunDoublesAllButTheFirst()
{
    const std::unique_ptr<Scheduler> scheduler = schedulerOf(m_recipe["heun"]);
    QCOMPARE(scheduler->order(), 2);
    scheduler->setTimesteps(4);
    QCOMPARE(scheduler->timesteps(), (std::vector<double>{999, 666, 666, 333, 333, 0, 0}));
}

// One sigma more than timesteps and the final one: a run ends at the training's smallest noise.
void TestSchedulerProperties::logLinearSigmasFallEvenly()
{
    Json config = m_recipe["euler"];
    config["interpolation_type"] = "log_linear";
    const std::unique_ptr<Scheduler> scheduler = schedulerOf(config);
    scheduler->setTimesteps(5);
    const std::vector<double>& sigmas = scheduler->sigmas();
    QCOMPARE(scheduler->timesteps().size(), std::size_t{5});
    QCOMPARE(sigmas.size(), std::size_t{7});
    QCOMPARE(sigmas.back(), 0.0);
    for (std::size_t i = 1; i + 2 < sigmas.size(); ++i)
        QVERIFY(std::abs(sigmas[i - 1] * sigmas[i + 1] / (sigmas[i] * sigmas[i]) - 1) < 1e-5);
}

// DPM-Solver on a cosine schedule leaves out the timesteps that have next to no signal.
void TestSchedulerProperties::noiseIsClippedByLambda()
{
    Json config = m_configs.at("dpmpp_2m_cosine");
    for (const char* spacing : {"linspace", "leading", "trailing"}) {
        config["timestep_spacing"] = spacing;
        config["lambda_min_clipped"] = -3.0;
        const std::unique_ptr<Scheduler> scheduler = schedulerOf(config);
        scheduler->setTimesteps(10);
        QVERIFY(std::log(scheduler->sigmas().front()) <= 3.0);
        config.erase("lambda_min_clipped");
        const std::unique_ptr<Scheduler> whole = schedulerOf(config);
        whole->setTimesteps(10);
        QVERIFY(whole->timesteps().front() > scheduler->timesteps().front());
    }
}

// Where the inverse is known in closed form.
void TestSchedulerProperties::betaQuantiles()
{
    QCOMPARE(betaQuantile(0, 0.6, 0.6), 0.0);
    QCOMPARE(betaQuantile(1, 0.6, 0.6), 1.0);
    QVERIFY(std::abs(betaQuantile(0.5, 0.6, 0.6) - 0.5) < 1e-12);
    QVERIFY(std::abs(betaQuantile(0.3, 1, 1) - 0.3) < 1e-12);
    QVERIFY(std::abs(betaQuantile(0.3, 2, 1) - std::sqrt(0.3)) < 1e-12);
    QVERIFY(std::abs(betaQuantile(0.25, 0.5, 0.5) - 0.14644660940672624) < 1e-12); // sin^2(pi / 8)
    QVERIFY(std::abs(betaQuantile(0.1, 0.6, 0.6) + betaQuantile(0.9, 0.6, 0.6) - 1) < 1e-12);
}

QTEST_APPLESS_MAIN(TestSchedulerProperties)
#include "tst_scheduler_properties.moc"
