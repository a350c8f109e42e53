// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"
#include "tests/support/scheduler_run.h"

#include "inference/api/scheduler_names.h"

#include <QTest>

#include <algorithm>

using namespace pentimento;
using namespace pentimento::testing;

/// Every scheduler beside what diffusers computed with the recipe's synthetic model.
class TestSchedulerGolden : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void configurations_data();
    void configurations();
    void names_data();
    void names();

private:
    void compare(Scheduler& scheduler, const std::string& key, int steps) const;
    const Json m_configs = readJsonFile(referenceFolder() / "schedulers.json");
    const Golden m_golden{referenceFolder() / "schedulers.safetensors"};
};

void TestSchedulerGolden::compare(Scheduler& scheduler, const std::string& key, int steps) const
{
    const std::string run = key + "." + std::to_string(steps);
    scheduler.setTimesteps(steps);
    const at::Tensor timesteps = at::tensor(scheduler.timesteps(), at::kDouble);
    QVERIFY(relativeError(timesteps + 1, m_golden[run + ".timesteps"] + 1) < 1e-6); // a single step may be at 0
    if (!scheduler.sigmas().empty())
        QVERIFY(relativeError(at::tensor(scheduler.sigmas(), at::kDouble), m_golden[run + ".sigmas"]) < 1e-6);
    QVERIFY(relativeError(scheduler.addNoise(m_golden[run + ".clean"], m_golden[run + ".noise"], 0),
                          m_golden[run + ".add_noise"]) < 1e-5);
    at::Generator generator = at::detail::createCPUGenerator(7);
    const at::Tensor start = at::randn({1, 4, 8, 8}, generator) * scheduler.initNoiseSigma();
    QVERIFY(relativeError(start, m_golden[run + ".init"]) < 1e-6);
    const at::Tensor trace = at::cat(runScheduler(scheduler, start, syntheticModel(scheduler)));
    QVERIFY(relativeError(trace, m_golden[run + ".trace"]) < 1e-4);
}

void TestSchedulerGolden::configurations_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("steps");
    QCOMPARE(m_configs.size(), std::size_t{17});
    for (const auto& [name, config] : m_configs.items()) {
        for (const int steps : {1, 4, 10, 25})
            QTest::addRow("%s %d", name.c_str(), steps) << QString::fromStdString(name) << steps;
    }
}

void TestSchedulerGolden::configurations()
{
    QFETCH(QString, name);
    QFETCH(int, steps);
    const std::unique_ptr<Scheduler> scheduler = schedulerOf(m_configs[name.toStdString()]);
    compare(*scheduler, name.toStdString(), steps);
}

void TestSchedulerGolden::names_data()
{
    QTest::addColumn<QString>("name");
    for (const std::string_view name : schedulerNames) {
        if (name != "model")
            QTest::addRow("%s", std::string(name).c_str()) << QString::fromUtf8(name.data(), static_cast<int>(name.size()));
    }
}

// A name is its configuration whatever class the model's folder names, on the model's betas.
void TestSchedulerGolden::names()
{
    QFETCH(QString, name);
    std::string key = name.toStdString();
    std::replace(key.begin(), key.end(), '-', '_');
    Json model = m_configs["ddim_v"];
    model["_class_name"] = "HeunDiscreteScheduler";
    model["prediction_type"] = "epsilon";
    model["use_exponential_sigmas"] = true;
    model["timestep_spacing"] = "trailing";
    model["set_alpha_to_one"] = true;
    const std::unique_ptr<Scheduler> scheduler =
        makeScheduler(parseSchedulerConfig(model, "test"), name.toStdString(), 0, nullptr);
    compare(*scheduler, key, 10);
}

QTEST_APPLESS_MAIN(TestSchedulerGolden)
#include "tst_scheduler_golden.moc"
