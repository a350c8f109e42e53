// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include "inference/api/error.h"
#include "inference/schedulers/scheduler.h"

#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;

class TestDdimScheduler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void goldenRuns_data();
    void goldenRuns();
    void spacings_data();
    void spacings();
    void etaAddsNoise();
    void thresholdingLimitsOutliers();
    void clipLimitsEstimate();
    void epsilonFromZeroSignalIsRefused();
    void unknownClassRunsDdimWithNotice();
    void badConfigsAreRefused_data();
    void badConfigsAreRefused();

private:
    std::unique_ptr<Scheduler> make(const Json& config, double eta = 0)
    {
        return makeScheduler(parseSchedulerConfig(config, "test"), "model", eta, nullptr);
    }
    const Json m_configs = readJsonFile(referenceFolder() / "schedulers.json");
    const Golden m_golden{referenceFolder() / "schedulers.safetensors"};
};

void TestDdimScheduler::goldenRuns_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("steps");
    for (const char* name : {"ddim", "ddim_v", "ddim_zsnr_v"}) {
        for (const int steps : {1, 4, 10, 25})
            QTest::addRow("%s %d", name, steps) << QString::fromLatin1(name) << steps;
    }
}

// The synthetic model of the recipe: tanh(x) * cos(t / 200).
void TestDdimScheduler::goldenRuns()
{
    QFETCH(QString, name);
    QFETCH(int, steps);
    const std::string key = name.toStdString() + "." + std::to_string(steps);
    const std::unique_ptr<Scheduler> scheduler = make(m_configs[name.toStdString()]);
    scheduler->setTimesteps(steps);
    QVERIFY(largestDifference(at::tensor(scheduler->timesteps(), at::kDouble), m_golden[key + ".timesteps"]) < 1e-6);
    QVERIFY(relativeError(scheduler->addNoise(m_golden[key + ".clean"], m_golden[key + ".noise"], 0),
                          m_golden[key + ".add_noise"]) < 1e-4);
    at::Tensor x = m_golden[key + ".init"];
    at::Generator generator = at::detail::createCPUGenerator(11);
    std::vector<at::Tensor> trace;
    for (std::size_t i = 0; i < scheduler->timesteps().size(); ++i) {
        const at::Tensor output =
            at::tanh(scheduler->scaleModelInput(x, i)) * std::cos(static_cast<float>(scheduler->timesteps()[i]) / 200);
        x = scheduler->step(output, i, x, generator).sample;
        trace.push_back(x);
    }
    QVERIFY(relativeError(at::cat(trace), m_golden[key + ".trace"]) < 1e-4);
}

void TestDdimScheduler::spacings_data()
{
    QTest::addColumn<QString>("spacing");
    QTest::addColumn<QVector<double>>("expected");
    QTest::newRow("leading") << "leading" << QVector<double>{751, 501, 251, 1};
    QTest::newRow("linspace") << "linspace" << QVector<double>{999, 666, 333, 0};
    QTest::newRow("trailing") << "trailing" << QVector<double>{999, 749, 499, 249};
}

void TestDdimScheduler::spacings()
{
    QFETCH(QString, spacing);
    QFETCH(QVector<double>, expected);
    Json config = m_configs["ddim"];
    config["timestep_spacing"] = spacing.toStdString();
    config["steps_offset"] = 1;
    const std::unique_ptr<Scheduler> scheduler = make(config);
    scheduler->setTimesteps(4);
    QCOMPARE(QVector<double>(scheduler->timesteps().begin(), scheduler->timesteps().end()), expected);
}

void TestDdimScheduler::etaAddsNoise()
{
    const at::Tensor x = at::ones({1, 4, 8, 8}), output = at::zeros({1, 4, 8, 8});
    const auto stepWith = [&](double eta) {
        const std::unique_ptr<Scheduler> scheduler = make(m_configs["ddim"], eta);
        scheduler->setTimesteps(10);
        at::Generator generator = at::detail::createCPUGenerator(1);
        return scheduler->step(output, 2, x, generator).sample;
    };
    // Without noise every cell of a constant input stays the same; eta's noise has the DDIM variance.
    QVERIFY(stepWith(0).std().item<double>() < 1e-6);
    const std::vector<double> alphas = alphasCumprod(parseSchedulerConfig(m_configs["ddim"], "test"));
    const double before = alphas[701], after = alphas[601];
    const double deviation = std::sqrt((1 - after) / (1 - before) * (1 - before / after));
    QVERIFY(std::abs(stepWith(1).std().item<double>() / deviation - 1) < 0.15);
}

void TestDdimScheduler::thresholdingLimitsOutliers()
{
    Json config = m_configs["ddim"];
    config["thresholding"] = true;
    config["dynamic_thresholding_ratio"] = 0.9;
    config["sample_max_value"] = 4.0;
    const std::unique_ptr<Scheduler> scheduler = make(config);
    scheduler->setTimesteps(10);
    at::Generator generator = at::detail::createCPUGenerator(1);
    const at::Tensor x = at::linspace(-60, 60, 256).view({1, 4, 8, 8});
    const SchedulerStep step = scheduler->step(at::zeros_like(x), 5, x, generator);
    QVERIFY(step.denoised.abs().max().item<double>() <= 1.0 + 1e-6);
}

void TestDdimScheduler::clipLimitsEstimate()
{
    Json config = m_configs["ddim"];
    config["clip_sample"] = true;
    config["clip_sample_range"] = 2.0;
    const std::unique_ptr<Scheduler> scheduler = make(config);
    scheduler->setTimesteps(10);
    at::Generator generator = at::detail::createCPUGenerator(1);
    const at::Tensor x = at::full({1, 4, 8, 8}, 50.0);
    QCOMPARE(scheduler->step(at::zeros_like(x), 5, x, generator).denoised.max().item<double>(), 2.0);
}

void TestDdimScheduler::epsilonFromZeroSignalIsRefused()
{
    Json config = m_configs["ddim_zsnr_v"];
    config["prediction_type"] = "epsilon";
    QVERIFY_THROWS_EXCEPTION(Exception, make(config));
}

void TestDdimScheduler::unknownClassRunsDdimWithNotice()
{
    std::string notice;
    const SchedulerConfig config = parseSchedulerConfig(m_configs["pndm"], "test");
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(config, "model", 0, &notice);
    QVERIFY(notice.find("PNDMScheduler") != std::string::npos);
    scheduler->setTimesteps(10);
    const Golden& golden = m_golden;
    QVERIFY(largestDifference(at::tensor(scheduler->timesteps(), at::kDouble), golden["ddim.10.timesteps"]) < 1e-6);
}

void TestDdimScheduler::badConfigsAreRefused_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::newRow("negative beta") << "beta_start"
                                   << "-1";
    QTest::newRow("text beta") << "beta_end"
                               << "\"much\"";
    QTest::newRow("no steps") << "num_train_timesteps"
                              << "0";
    QTest::newRow("unknown spacing") << "timestep_spacing"
                                     << "\"random\"";
    QTest::newRow("unknown prediction") << "prediction_type"
                                        << "\"flow\"";
    QTest::newRow("wrong beta count") << "trained_betas"
                                      << "[0.1, 0.2]";
}

void TestDdimScheduler::badConfigsAreRefused()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    Json config = m_configs["ddim"];
    config[key.toStdString()] = Json::parse(value.toStdString());
    QVERIFY_THROWS_EXCEPTION(Exception, parseSchedulerConfig(config, "test"));
}

QTEST_APPLESS_MAIN(TestDdimScheduler)
#include "tst_ddim_scheduler.moc"
