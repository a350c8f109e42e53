// SPDX-License-Identifier: Apache-2.0
// The queue, the event log and the engine's thread, without HTTP.
#include "app/server/engine_worker.h"
#include "inference/engine/fake_engine.h"
#include "tests/support/pictures.h"

#include <QtTest>

#include <thread>

using namespace pentimento;
using namespace std::chrono_literals;

namespace {

Job smallJob(std::uint64_t seed = 1)
{
    Job job;
    std::mt19937 random(1);
    job.picture.image = noisePicture({24, 16}, 3, 8, random);
    job.request.image = job.picture.image;
    job.request.mask = rectMask({24, 16}, {4, 4, 8, 8});
    job.request.seed = seed;
    return job;
}
constexpr std::size_t jobBytes = 24 * 16 * 4;

Json eventOf(const char* name, int number = 0)
{
    return {{"event", name}, {"job_id", "x"}, {"number", number}};
}

std::vector<std::string> names(const EventLog& log, std::uint64_t after = 0)
{
    std::vector<std::string> list;
    for (const LoggedEvent& e : log.after(after, 0ms).events)
        list.push_back(e.name);
    return list;
}

EngineWorker::Host fakeHost(FakeScript script)
{
    EngineWorker::Host host;
    host.makeEngine = [script]() -> Expected<std::unique_ptr<Engine>> { return std::make_unique<FakeEngine>(script); };
    host.imageUrl = [](const std::string& id, std::size_t image) { return id + "/" + std::to_string(image); };
    host.publicError = [](Error error) { return error; };
    return host;
}

/// Waits for the end of a job.
JobStatus ended(JobStore& store, const std::string& id)
{
    const JobStatus job = *store.find(id);
    for (std::uint64_t last = 0;;) {
        const EventLog::Reading reading = job.events->after(last, 10s);
        if (reading.ended || reading.events.empty())
            return store.find(id).value_or(job);
        last = reading.events.back().id;
    }
}

using Names = std::vector<std::string>;

} // namespace

class TestJobStore : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void logKeepsEverythingButOldPreviews();
    void logWakesItsReaders();
    void everyReaderGetsEveryEventOnce();
    void jobsRunInTheOrderTheyCame();
    void positionsCountWhatGoesFirst();
    void fullQueueRefuses();
    void cancelWaitingRunningAndDone();
    void longJobsAreEnded();
    void failuresAreTold();
    void oldJobsAreForgotten();
    void stopCancelsWhatWaits();
};

void TestJobStore::logKeepsEverythingButOldPreviews()
{
    EventLog log;
    log.append(eventOf("queued"));
    log.append(eventOf("preview", 1));
    log.append(eventOf("progress"));
    log.append(eventOf("preview", 2));
    const auto reading = log.after(0, 0ms);
    QCOMPARE(names(log), (Names{"queued", "progress", "preview"}));
    QCOMPARE(reading.events[2].id, 4u);
    QCOMPARE(Json::parse(reading.events[2].data)["number"], Json(2));
    QVERIFY(!reading.ended);
    QCOMPARE(names(log, 3), (Names{"preview"}));
    QVERIFY(names(log, 4).empty());
    std::size_t bytes = 0;
    for (const LoggedEvent& e : reading.events)
        bytes += e.data.size();
    QCOMPARE(log.bytes(), bytes);
    log.append(eventOf("result"));
    log.append(eventOf("progress")); // comes too late
    QCOMPARE(names(log, 4), (Names{"result"}));
    QVERIFY(log.after(5, 10s).ended); // and does not wait
}

void TestJobStore::logWakesItsReaders()
{
    EventLog log;
    std::thread writer([&] {
        std::this_thread::sleep_for(30ms);
        log.append(eventOf("queued"));
    });
    const auto began = std::chrono::steady_clock::now();
    QCOMPARE(log.after(0, 10s).events.size(), std::size_t{1});
    QVERIFY(std::chrono::steady_clock::now() - began < 5s);
    writer.join();
}

void TestJobStore::everyReaderGetsEveryEventOnce()
{
    EventLog log;
    constexpr int count = 500;
    std::atomic<int> wrong{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; ++i) {
        readers.emplace_back([&] {
            std::uint64_t last = 0;
            for (bool over = false; !over;) {
                const EventLog::Reading reading = log.after(last, 10s);
                for (const LoggedEvent& e : reading.events)
                    wrong += e.id == ++last ? 0 : 1;
                over = reading.ended;
            }
            wrong += last == count + 1 ? 0 : 1;
        });
    }
    for (int i = 0; i < count; ++i)
        log.append(eventOf("progress", i));
    log.append(eventOf("result"));
    for (std::thread& reader : readers)
        reader.join();
    QCOMPARE(wrong.load(), 0);
}

void TestJobStore::jobsRunInTheOrderTheyCame()
{
    JobStore store({});
    std::vector<std::string> ids;
    for (std::uint64_t seed = 0; seed < 5; ++seed)
        ids.push_back(*store.add(smallJob(seed)));
    FakeScript script;
    script.stepTime = 0ms;
    EngineWorker worker(store, fakeHost(script), 60s);
    std::size_t running = 0;
    for (const std::string& id : ids) {
        const JobStatus job = ended(store, id);
        QVERIFY(job.state == JobState::Done);
        QCOMPARE(names(*job.events),
                 (Names{"queued", "started", "progress", "progress", "progress", "progress", "progress", "result"}));
        QCOMPARE((*job.lastEvent)["seed"], Json(running++));
        QCOMPARE(job.images->files.size(), std::size_t{1});
    }
    const StoreCounts counts = store.counts();
    QCOMPARE(counts.ended.at(JobState::Done), 5u);
    QCOMPARE(counts.queuedBytes, std::size_t{0});
    store.stop();
}

void TestJobStore::positionsCountWhatGoesFirst()
{
    JobStore store({});
    const std::string first = *store.add(smallJob()), second = *store.add(smallJob()), third = *store.add(smallJob());
    QCOMPARE(store.find(first)->position, std::size_t{0});
    QCOMPARE(store.find(third)->position, std::size_t{2});
    QCOMPARE(store.take()->id, first);
    QCOMPARE(store.find(third)->position, std::size_t{2}); // one runs, one waits
    QVERIFY(store.cancel(second));
    QCOMPARE(store.find(third)->position, std::size_t{1});
    QCOMPARE(store.list().size(), std::size_t{3});
    QCOMPARE(store.list()[2].id, third);
    QVERIFY(!store.find("nonsense"));
}

void TestJobStore::fullQueueRefuses()
{
    ServerLimits few;
    few.queuedJobs = 2;
    JobStore store(few);
    QVERIFY(store.add(smallJob()) && store.add(smallJob()));
    QVERIFY(!store.add(smallJob()));
    store.take();
    QVERIFY(store.add(smallJob())); // a running job does not wait
    ServerLimits small;
    small.queuedBytes = jobBytes * 2;
    JobStore bytes(small);
    QVERIFY(bytes.add(smallJob()) && bytes.add(smallJob()));
    QCOMPARE(bytes.counts().queuedBytes, jobBytes * 2);
    QVERIFY(!bytes.add(smallJob()));
    bytes.take();
    QVERIFY(!bytes.add(smallJob())); // but it holds its pictures
}

void TestJobStore::cancelWaitingRunningAndDone()
{
    JobStore store({});
    FakeScript script;
    script.stepTime = 5s;
    const std::string running = *store.add(smallJob()), waiting = *store.add(smallJob());
    EngineWorker worker(store, fakeHost(script), 60s);
    QVERIFY(store.cancel(waiting));
    QCOMPARE(names(*store.find(waiting)->events), (Names{"queued", "cancelled"}));
    QVERIFY(!store.find(running)->events->after(1, 10s).events.empty()); // it has begun
    QVERIFY(store.cancel(running));
    const JobStatus over = ended(store, running);
    QVERIFY(over.state == JobState::Cancelled);
    QCOMPARE(names(*over.events), (Names{"queued", "started", "cancelled"}));
    QVERIFY(store.cancel(running)); // forgets it
    QVERIFY(!store.find(running));
    QVERIFY(!store.cancel(running));
    store.stop();
}

void TestJobStore::longJobsAreEnded()
{
    JobStore store({});
    FakeScript script;
    script.stepTime = 30s;
    EngineWorker worker(store, fakeHost(script), 1s);
    const JobStatus job = ended(store, *store.add(smallJob()));
    QVERIFY(job.state == JobState::Failed);
    QVERIFY((*job.lastEvent)["message"].get<std::string>().find("1 s") != std::string::npos);
    store.stop();
}

void TestJobStore::failuresAreTold()
{
    JobStore store({});
    FakeScript script;
    script.stepTime = 0ms;
    script.error = Error{ErrorCode::OutOfMemory, "it is full", {}, "buy more", "secret"};
    EngineWorker::Host host = fakeHost(script);
    host.publicError = [](Error error) {
        error.detail.clear();
        return error;
    };
    EngineWorker worker(store, std::move(host), 60s);
    const JobStatus job = ended(store, *store.add(smallJob()));
    QVERIFY(job.state == JobState::Failed && !job.images);
    QCOMPARE((*job.lastEvent)["code"], Json("out_of_memory"));
    QCOMPARE((*job.lastEvent)["message"], Json("it is full: buy more"));
    QCOMPARE((*job.lastEvent)["detail"], Json(""));
    QVERIFY(ended(store, *store.add(smallJob())).state == JobState::Failed); // the thread lives on
    store.stop();
}

void TestJobStore::oldJobsAreForgotten()
{
    ServerLimits limits;
    limits.keepBytes = 1000;
    JobStore store(limits);
    const auto done = [&](std::size_t bytes) {
        const std::string id = *store.add(smallJob());
        store.take();
        store.finish(id, {FileFormat::Png, {std::vector<std::uint8_t>(bytes)}}, eventOf("result"));
        return id;
    };
    const std::string first = done(300), second = done(300);
    QVERIFY(store.find(first));
    const std::string third = done(300);
    QVERIFY(!store.find(first)); // its events count too
    QVERIFY(store.find(second) && store.find(third));
    limits.keepTime = 0s;
    JobStore forgetful(limits);
    const std::string id = *forgetful.add(smallJob());
    forgetful.take();
    QVERIFY(forgetful.find(id));
    forgetful.finish(id, {}, eventOf("result"));
    std::this_thread::sleep_for(2ms);
    QVERIFY(!forgetful.find(id));
    QCOMPARE(forgetful.list().size(), std::size_t{0});
}

void TestJobStore::stopCancelsWhatWaits()
{
    JobStore store({});
    const std::string running = *store.add(smallJob()), waiting = *store.add(smallJob());
    QVERIFY(store.take());
    store.stop();
    QVERIFY(store.find(waiting)->state == JobState::Cancelled);
    QVERIFY(store.find(running)->state == JobState::Running);
    QVERIFY(!store.idle());
    QVERIFY(!store.add(smallJob()));
    QVERIFY(!store.take());
    store.finishCancelled(running);
    QVERIFY(store.idle());
}

QTEST_APPLESS_MAIN(TestJobStore)
#include "tst_job_store.moc"
