// SPDX-License-Identifier: Apache-2.0
#include "tests/support/golden.h"
#include "tests/support/scheduler_run.h"

#include "inference/api/error.h"
#include "inference/api/scheduler_names.h"

#include <QTest>

using namespace pentimento;
using namespace pentimento::testing;

/// What a config may say, and what names stand for.
class TestSchedulerConfig : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void badValuesAreRefused_data();
    void badValuesAreRefused();
    void classRefusesWhatItDoesNotKnow_data();
    void classRefusesWhatItDoesNotKnow();
    void foreignFieldsAreIgnored_data();
    void foreignFieldsAreIgnored();
    void defaultsBelongToTheClass();
    void pipelineMendsOutdatedConfigs();
    void unknownClassRunsDdimWithNotice();
    void unknownNameIsRefused();
    void zeroSnrByName_data();
    void zeroSnrByName();

private:
    const Json m_configs = readJsonFile(referenceFolder() / "schedulers.json");
};

/// The error that making the scheduler gives, as text; empty if none.
template <typename Make> Error errorOf(const Make& make)
{
    try {
        make();
    } catch (const Exception& e) {
        return e.error();
    }
    return {};
}

void TestSchedulerConfig::badValuesAreRefused_data()
{
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    QTest::addColumn<int>("code");
    const auto row = [](const char* key, const char* value, ErrorCode code) {
        QTest::addRow("%s %s", key, value) << QString::fromLatin1(key) << QString::fromLatin1(value) << static_cast<int>(code);
    };
    row("beta_start", "-1", ErrorCode::BadInput);
    row("beta_end", "\"much\"", ErrorCode::BadInput);
    row("num_train_timesteps", "0", ErrorCode::BadInput);
    row("trained_betas", "[0.1, 0.2]", ErrorCode::BadInput);
    row("steps_offset", "-1", ErrorCode::BadInput);
    row("sigma_min", "0", ErrorCode::BadInput);
    row("clip_sample_range", "0", ErrorCode::BadInput);
    row("original_inference_steps", "0", ErrorCode::BadInput);
    row("solver_order", "0", ErrorCode::BadInput);
    row("disable_corrector", "[\"first\"]", ErrorCode::BadInput);
    row("timestep_spacing", "\"random\"", ErrorCode::Unsupported);
    row("prediction_type", "\"flow_prediction\"", ErrorCode::Unsupported);
    row("beta_schedule", "\"laplace\"", ErrorCode::Unsupported);
    row("final_sigmas_type", "\"one\"", ErrorCode::Unsupported);
}

void TestSchedulerConfig::badValuesAreRefused()
{
    QFETCH(QString, key);
    QFETCH(QString, value);
    QFETCH(int, code);
    Json config = m_configs["ddim"];
    config[key.toStdString()] = Json::parse(value.toStdString());
    const Error error = errorOf([&] { parseSchedulerConfig(config, "the file"); });
    QCOMPARE(static_cast<int>(error.code), code);
    QVERIFY2(formatError(error).find(key.toStdString()) != std::string::npos, formatError(error).c_str());
    QVERIFY(error.where.find("the file") != std::string::npos);
}

void TestSchedulerConfig::classRefusesWhatItDoesNotKnow_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("key");
    QTest::addColumn<QString>("value");
    const auto row = [](const char* name, const char* key, const char* value) {
        QTest::addRow("%s %s %s", name, key, value)
            << QString::fromLatin1(name) << QString::fromLatin1(key) << QString::fromLatin1(value);
    };
    row("ddpm", "variance_type", "\"learned\"");
    row("ddpm", "variance_type", "\"fixed_large_log\"");
    row("pndm", "prediction_type", "\"sample\"");
    row("euler", "interpolation_type", "\"cubic\"");
    row("euler", "timestep_type", "\"other\"");
    row("euler_ancestral", "prediction_type", "\"sample\"");
    row("dpmpp_2m", "algorithm_type", "\"rk4\"");
    row("dpmpp_2m", "solver_type", "\"other\"");
    row("dpmpp_2m", "solver_order", "4");
    row("dpmpp_2m", "variance_type", "\"learned_range\"");
    row("dpmpp_2m", "use_flow_sigmas", "true");
    row("dpmpp_2m_karras", "use_beta_sigmas", "true");
    row("unipc", "solver_type", "\"other\"");
    row("unipc", "solver_p", "{\"_class_name\": \"DDIMScheduler\"}");
    row("unipc", "solver_order", "7");
    row("lcm", "original_inference_steps", "1001");
}

void TestSchedulerConfig::classRefusesWhatItDoesNotKnow()
{
    QFETCH(QString, name);
    QFETCH(QString, key);
    QFETCH(QString, value);
    Json config = m_configs[name.toStdString()];
    schedulerOf(config);
    config[key.toStdString()] = Json::parse(value.toStdString());
    const Error error = errorOf([&] { schedulerOf(config); });
    QCOMPARE(error.code, ErrorCode::Unsupported);
    QVERIFY2(error.what.find(key.toStdString()) != std::string::npos, error.what.c_str());
    QCOMPARE(error.where, std::string("test"));
}

void TestSchedulerConfig::foreignFieldsAreIgnored_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"pndm", "euler_ancestral", "heun", "unipc", "ddim"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

// Configs keep fields of the class that they came from; diffusers does not look at them.
void TestSchedulerConfig::foreignFieldsAreIgnored()
{
    QFETCH(QString, name);
    const auto trace = [&](const Json& config) {
        const std::unique_ptr<Scheduler> scheduler = schedulerOf(config);
        scheduler->setTimesteps(5);
        const at::Tensor x = at::linspace(-2, 2, 64).view({1, 1, 8, 8});
        return at::cat(runScheduler(*scheduler, x, syntheticModel(*scheduler)));
    };
    Json config = m_configs[name.toStdString()];
    const at::Tensor expected = trace(config);
    const std::vector<std::pair<const char*, Json>> foreign{{"interpolation_type", "log_linear"},
                                                            {"use_lu_lambdas", true},
                                                            {"original_inference_steps", 30},
                                                            {"euler_at_final", true},
                                                            {"eta", 1},
                                                            {"variance_type", nullptr}};
    for (const auto& [key, value] : foreign)
        config[key] = value;
    if (name == QLatin1String("pndm") || name == QLatin1String("heun"))
        config["rescale_betas_zero_snr"] = true;
    if (name == QLatin1String("heun") || name == QLatin1String("euler_ancestral"))
        config["final_sigmas_type"] = "sigma_min";
    QVERIFY(at::equal(trace(config), expected));
}

void TestSchedulerConfig::defaultsBelongToTheClass()
{
    const auto parsed = [](const char* name) { return parseSchedulerConfig({{"_class_name", name}}, "test"); };
    QVERIFY(parsed("DDIMScheduler").clipSample);
    QVERIFY(parsed("DDIMScheduler").setAlphaToOne);
    QVERIFY(!parsed("PNDMScheduler").setAlphaToOne);
    QVERIFY(!parsed("PNDMScheduler").skipPrkSteps);
    QVERIFY(parsed("LCMScheduler").betaSchedule == BetaSchedule::ScaledLinear);
    QVERIFY(parsed("PNDMScheduler").timestepSpacing == TimestepSpacing::Leading);
    QVERIFY(parsed("EulerDiscreteScheduler").timestepSpacing == TimestepSpacing::Linspace);
    QCOMPARE(parsed("HeunDiscreteScheduler").betaEnd, 0.012);
    QCOMPARE(parsed("EulerDiscreteScheduler").betaEnd, 0.02);
}

void TestSchedulerConfig::pipelineMendsOutdatedConfigs()
{
    Json json = m_configs["pndm"];
    json.erase("skip_prk_steps");
    json.erase("steps_offset");
    const SchedulerConfig mended = asInStableDiffusionPipeline(parseSchedulerConfig(json, "test"));
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(mended, "model", 0, nullptr);
    scheduler->setTimesteps(4);
    QCOMPARE(scheduler->timesteps(), (std::vector<double>{751, 501, 501, 251, 1}));
}

void TestSchedulerConfig::unknownClassRunsDdimWithNotice()
{
    Json json = m_configs["pndm"];
    json["_class_name"] = "SomeNewScheduler";
    std::string notice;
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(parseSchedulerConfig(json, "test"), "model", 0, &notice);
    QVERIFY(notice.find("SomeNewScheduler") != std::string::npos);
    scheduler->setTimesteps(10);
    const Golden golden(referenceFolder() / "schedulers.safetensors");
    QVERIFY(largestDifference(at::tensor(scheduler->timesteps(), at::kDouble), golden["ddim.10.timesteps"]) < 1e-6);
}

void TestSchedulerConfig::unknownNameIsRefused()
{
    const SchedulerConfig config = parseSchedulerConfig(m_configs["ddim"], "test");
    const Error error = errorOf([&] { makeScheduler(config, "eulr", 0, nullptr); });
    QCOMPARE(error.code, ErrorCode::Unsupported);
    for (const std::string_view name : schedulerNames)
        QVERIFY(error.remedy.find(name) != std::string::npos);
}

void TestSchedulerConfig::zeroSnrByName_data()
{
    QTest::addColumn<QString>("name");
    for (const std::string_view name : schedulerNames)
        QTest::addRow("%s", std::string(name).c_str()) << QString::fromStdString(std::string(name));
}

// Timesteps then begin at the very last one, where there is no signal; who cannot do that says so.
void TestSchedulerConfig::zeroSnrByName()
{
    QFETCH(QString, name);
    const SchedulerConfig config = parseSchedulerConfig(m_configs["ddim_zsnr_v"], "test");
    if (name == QLatin1String("pndm") || name == QLatin1String("heun")) {
        const Error error = errorOf([&] { makeScheduler(config, name.toStdString(), 0, nullptr); });
        QCOMPARE(error.code, ErrorCode::Unsupported);
        QVERIFY(error.what.find(name.toStdString()) != std::string::npos);
        return;
    }
    const std::unique_ptr<Scheduler> scheduler = makeScheduler(config, name.toStdString(), 0, nullptr);
    scheduler->setTimesteps(8);
    QCOMPARE(scheduler->timesteps().front(), 999.0);
    const at::Tensor clean = at::full({1, 4, 8, 8}, 5.0), noise = at::linspace(-2, 2, 256).view({1, 4, 8, 8});
    const at::Tensor start = scheduler->addNoise(clean, noise, 0) / scheduler->initNoiseSigma();
    QVERIFY(relativeError(start, noise) < 2e-3); // hardly any signal left
    const at::Tensor end = runScheduler(*scheduler, noise * scheduler->initNoiseSigma(), syntheticModel(*scheduler)).back();
    QVERIFY(at::isfinite(end).all().item<bool>());
    QVERIFY(end.abs().max().item<double>() < 50);
}

QTEST_APPLESS_MAIN(TestSchedulerConfig)
#include "tst_scheduler_config.moc"
