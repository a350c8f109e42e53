// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"

#include "inference/api/error.h"
#include "inference/schedulers/noise_schedule.h"
#include "inference/schedulers/scheduler.h"

#include <ATen/CPUGeneratorImpl.h>
#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;

class TestDdimScheduler : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void spacings_data();
    void spacings();
    void etaAddsNoise();
    void thresholdingLimitsOutliers();
    void clipLimitsEstimate();
    void epsilonFromZeroSignalIsRefused();

private:
    std::unique_ptr<Scheduler> make(const Json& config, double eta = 0)
    {
        return makeScheduler(parseSchedulerConfig(config, "test"), "model", eta, nullptr);
    }
    const Json m_configs = readJsonFile(referenceFolder() / "schedulers.json");
};

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

QTEST_APPLESS_MAIN(TestDdimScheduler)
#include "tst_ddim_scheduler.moc"
