// SPDX-License-Identifier: Apache-2.0
// Batches on the scripted engine: order, failures, resuming, shares, cancelling.
#include "inference/core/base64.h"
#include "inference/engine/fake_engine.h"
#include "inference/jobs/batch_runner.h"
#include "tests/support/picture_bytes.h"
#include "tests/support/pictures.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <sstream>

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

constexpr Size size{24, 16};

/// A folder with pictures and masks of the same names.
struct Folders {
    TemporaryFolder root;
    fs::path images = root.path() / "images", masks = root.path() / "masks", out = root.path() / "out";

    explicit Folders(int count)
    {
        for (const fs::path& folder : {images, masks, out})
            fs::create_directory(folder);
        for (int i = 0; i < count; ++i)
            add("p" + std::to_string(i));
    }
    void add(const std::string& stem)
    {
        Picture picture, mask;
        picture.image = gradient(size, 3);
        mask.image = rectMask(size, {4, 4, 8, 8});
        QVERIFY(!writePicture(images / (stem + ".png"), picture, {}));
        QVERIFY(!writePicture(masks / (stem + ".png"), mask, {}));
    }
    std::set<std::string> results() const
    {
        std::set<std::string> names;
        for (const fs::directory_entry& entry : fs::directory_iterator(out))
            names.insert(entry.path().filename().string());
        return names;
    }
};

/// Runs a feed and keeps what it said.
struct Batch {
    std::vector<Json> events;
    BatchTotals totals;
    int engines = 0;
    FakeScript script;
    CancelToken cancel;
    std::function<void(const Json&)> onEvent = [](const Json&) {};

    Batch() { script.stepTime = std::chrono::milliseconds(0); }
    void run(const JobFeed& feed, BatchOptions options)
    {
        BatchRunner::Host host;
        host.makeEngine = [this]() -> Expected<std::unique_ptr<Engine>> {
            ++engines;
            return std::make_unique<FakeEngine>(script);
        };
        host.event = [this](const Json& event) {
            events.push_back(event);
            onEvent(event);
        };
        host.notice = [](const std::string&) {};
        totals = BatchRunner(std::move(host), std::move(options)).run(feed, cancel);
    }
    std::vector<std::string> names(const std::string& id) const
    {
        std::vector<std::string> list;
        for (const Json& event : events) {
            if (event["job_id"] == id && event["event"] != "progress")
                list.push_back(event["event"]);
        }
        return list;
    }
};

BatchOptions into(const fs::path& folder)
{
    BatchOptions options;
    options.outputDir = folder;
    return options;
}

std::string job(const std::string& more)
{
    Picture picture, mask;
    picture.image = gradient(size, 3);
    mask.image = rectMask(size, {4, 4, 8, 8});
    return R"({"init_image": ")" + toBase64(encoded(picture, {})) + R"(", "mask_image": ")" + toBase64(encoded(mask, {})) + "\"" +
           more + "}";
}

using Names = std::vector<std::string>;

} // namespace

class TestBatchRunner : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyPictureOfAFolder();
    void failedJobsDoNotStopTheOthers();
    void finishedJobsAreSkipped();
    void sharesHoldEveryJobOnce_data();
    void sharesHoldEveryJobOnce();
    void linesAreRunAsTheyCome();
    void base64ResultsWriteNothing();
    void commonKeysFillWhatJobsLeaveOpen();
    void sameOutputTwiceIsRefused();
    void cancelEndsTheBatch();
    void brokenEngineEndsTheBatch();
    void jobFilesOfEveryShape();
    void previewsWhenAsked();
};

void TestBatchRunner::everyPictureOfAFolder()
{
    const Folders folders(3);
    Batch batch;
    batch.run(feedFromFolders(folders.images, folders.masks), into(folders.out));
    QCOMPARE(batch.totals.done, std::size_t{3});
    QCOMPARE(folders.results(), (std::set<std::string>{"p0.png", "p1.png", "p2.png"}));
    QCOMPARE(batch.names("2"), (Names{"queued", "started", "result"}));
    QCOMPARE(batch.engines, 1);
    const Picture result = std::get<Picture>(readPicture(folders.out / "p1.png"));
    QCOMPARE(int(result.image.row8(5)[3 * 5]), int(FakeEngine::shade(42)));
    QCOMPARE(int(result.image.row8(1)[3]), int(gradient(size, 3).row8(1)[3]));
}

void TestBatchRunner::failedJobsDoNotStopTheOthers()
{
    const Folders folders(3);
    fs::remove(folders.masks / "p0.png");
    writeText(folders.images / "p1.png", "no picture");
    Batch batch;
    batch.run(feedFromFolders(folders.images, folders.masks), into(folders.out));
    QCOMPARE(batch.totals.failed, std::size_t{2});
    QCOMPARE(batch.totals.done, std::size_t{1});
    QCOMPARE(folders.results(), (std::set<std::string>{"p2.png"}));
    QCOMPARE(batch.names("1"), (Names{"queued", "error"}));
    QVERIFY(batch.events[1]["message"].get<std::string>().find("p0.png") != std::string::npos);
    QCOMPARE(batch.names("2"), (Names{"queued", "error"}));
}

void TestBatchRunner::finishedJobsAreSkipped()
{
    const Folders folders(2);
    Batch first, second, third;
    first.run(feedFromFolders(folders.images, folders.masks), into(folders.out));
    const auto written = fs::last_write_time(folders.out / "p0.png");
    fs::remove(folders.out / "p1.png");
    second.run(feedFromFolders(folders.images, folders.masks), into(folders.out));
    QCOMPARE(second.totals.skipped, std::size_t{1});
    QCOMPARE(second.totals.done, std::size_t{1});
    QCOMPARE(second.names("1"), (Names{"queued", "skipped"}));
    QVERIFY(fs::last_write_time(folders.out / "p0.png") == written);
    BatchOptions again = into(folders.out);
    again.overwrite = true;
    third.run(feedFromFolders(folders.images, folders.masks), again);
    QCOMPARE(third.totals.done, std::size_t{2});
    Batch fourth;
    fourth.run(feedFromFolders(folders.images, folders.masks), into(folders.out));
    QCOMPARE(fourth.engines, 0); // nothing to do needs no engine
}

void TestBatchRunner::sharesHoldEveryJobOnce_data()
{
    QTest::addColumn<int>("first");
    QTest::newRow("counted from 0") << 0;
    QTest::newRow("counted from 1") << 1;
}

void TestBatchRunner::sharesHoldEveryJobOnce()
{
    QFETCH(int, first);
    constexpr std::size_t jobs = 11, count = 3;
    const Folders folders(jobs);
    std::set<std::string> ids;
    std::size_t expected = 0;
    for (std::size_t i = 0; i < count; ++i) {
        Batch batch;
        BatchOptions options = into(folders.out);
        options.shard = {i + static_cast<std::size_t>(first), count};
        expected += options.shard.share(jobs);
        batch.run(feedFromFolders(folders.images, folders.masks), options);
        QCOMPARE(batch.totals.done, options.shard.share(jobs));
        QCOMPARE(batch.totals.skipped + batch.totals.failed, std::size_t{0});
        for (const Json& event : batch.events) {
            if (event["event"] == "result")
                QVERIFY(ids.insert(event["job_id"]).second);
        }
    }
    QCOMPARE(expected, jobs);
    QCOMPARE(ids.size(), jobs);
    QCOMPARE(folders.results().size(), jobs);
}

void TestBatchRunner::linesAreRunAsTheyCome()
{
    const Folders folders(0);
    std::istringstream lines(job("") + "\n\n{broken\n" + job(R"(, "seed": 7)") + "\n[]\n");
    Batch batch;
    batch.run(feedFromLines(lines, {}), into(folders.out));
    QCOMPARE(batch.totals.done, std::size_t{2});
    QCOMPARE(batch.totals.failed, std::size_t{2});
    QCOMPARE(folders.results(), (std::set<std::string>{"job-1.png", "job-3.png"}));
    QCOMPARE(batch.totals.firstError->where, std::string("jobs[1]"));
}

void TestBatchRunner::base64ResultsWriteNothing()
{
    const Folders folders(0);
    std::istringstream lines(job(R"(, "batch": 2, "output_format": "webp")"));
    BatchOptions options;
    options.base64 = true;
    Batch batch;
    batch.run(feedFromLines(lines, {}), options);
    QCOMPARE(batch.totals.done, std::size_t{1});
    const Json& images = batch.events.back()["images"];
    QCOMPARE(images.size(), std::size_t{2});
    const Picture picture = decoded(*fromBase64(images[1].get<std::string>()));
    QVERIFY(picture.format == FileFormat::WebP && picture.image.size() == size);
    std::istringstream again(job(""));
    Batch nowhere;
    nowhere.run(feedFromLines(again, {}), {});
    QCOMPARE(nowhere.totals.firstError->where, std::string("jobs[0].output_path"));
}

void TestBatchRunner::commonKeysFillWhatJobsLeaveOpen()
{
    const Folders folders(0);
    std::istringstream lines(job("") + "\n" + job(R"(, "seed": 7, "guidance_scale": 3)"));
    BatchOptions options = into(folders.out);
    options.common = {{"seed", 9}, {"guidance", 2}};
    Batch batch;
    batch.run(feedFromLines(lines, {}), options);
    QCOMPARE(batch.totals.done, std::size_t{2});
    std::vector<int> seeds;
    for (const Json& event : batch.events) {
        if (event["event"] == "result")
            seeds.push_back(event["seed"]);
    }
    QCOMPARE(seeds, (std::vector<int>{9, 7}));
}

void TestBatchRunner::sameOutputTwiceIsRefused()
{
    const Folders folders(0);
    const std::string file = R"(, "output_path": ")" + (folders.out / "x.png").string() + "\"";
    std::istringstream lines(job(file) + "\n" + job(file + R"(, "seed": 1)"));
    Batch batch;
    batch.run(feedFromLines(lines, {}), {});
    QCOMPARE(batch.totals.done, std::size_t{1});
    QCOMPARE(batch.totals.failed, std::size_t{1});
}

void TestBatchRunner::cancelEndsTheBatch()
{
    const Folders folders(3);
    Batch batch;
    batch.script.stepTime = std::chrono::milliseconds(20);
    batch.onEvent = [&](const Json& event) {
        if (event["job_id"] == "2" && event["event"] == "progress")
            batch.cancel.cancel();
    };
    batch.run(feedFromFolders(folders.images, folders.masks), into(folders.out));
    QVERIFY(batch.totals.cancelled);
    QCOMPARE(folders.results(), (std::set<std::string>{"p0.png"}));
    QCOMPARE(batch.names("2"), (Names{"queued", "started", "cancelled"}));
    QVERIFY(batch.names("3").empty());
}

void TestBatchRunner::brokenEngineEndsTheBatch()
{
    const Folders folders(2);
    BatchRunner::Host host;
    host.makeEngine = []() -> Expected<std::unique_ptr<Engine>> {
        return Error{ErrorCode::Unsupported, "the inference module is missing", {}, {}, {}};
    };
    host.event = [](const Json&) {};
    BatchRunner runner(std::move(host), into(folders.out));
    QVERIFY_THROWS_EXCEPTION(Exception, runner.run(feedFromFolders(folders.images, folders.masks), {}));
}

void TestBatchRunner::jobFilesOfEveryShape()
{
    const TemporaryFolder folder;
    const auto feed = [&](const char* name, const char* text) {
        writeText(folder.path() / name, text);
        return feedFromFile(folder.path() / name);
    };
    const auto count = [](const JobFeed& jobs) {
        int n = 0;
        while (jobs.next())
            ++n;
        return n;
    };
    const JobFeed single = feed("one.json", "{\"prompt\": \"x\"}");
    QVERIFY(single.single && single.folder == folder.path() && single.total == 1u);
    QCOMPARE(single.next()->place, std::string());
    const JobFeed list = feed("list.json", "[{}, {}, 5]");
    QVERIFY(!list.single && list.total == 3u);
    list.next();
    QCOMPARE(list.next()->place, std::string("jobs[1]"));
    QCOMPARE(count(feed("wrapped.json", "{\"jobs\": [{}, {}]}")), 2);
    QCOMPARE(count(feed("lines.ndjson", "{}\n{}\n\n{}")), 3);
    QVERIFY_THROWS_EXCEPTION(Exception, feed("bad.json", "{,}"));
    QVERIFY_THROWS_EXCEPTION(Exception, feed("deep.json", std::string(1000, '[').c_str()));
    QVERIFY_THROWS_EXCEPTION(Exception, feed("wrong.json", "{\"jobs\": {}}"));
    QVERIFY_THROWS_EXCEPTION(Exception, feedFromFolders(folder.path(), {})); // no pictures in it
}

void TestBatchRunner::previewsWhenAsked()
{
    const Folders folders(0);
    std::istringstream lines(job("") + "\n" + job(R"(, "previews": true, "seed": 1)"));
    Batch batch;
    batch.script.stepTime = std::chrono::milliseconds(30);
    batch.run(feedFromLines(lines, {}), into(folders.out));
    QCOMPARE(batch.names("1"), (Names{"queued", "started", "result"}));
    // Five steps of 30 ms: one at once, none of the others is 0.2 s later.
    QCOMPARE(batch.names("2"), (Names{"queued", "started", "preview", "result"}));
    const auto preview =
        std::find_if(batch.events.begin(), batch.events.end(), [](const Json& e) { return e["event"] == "preview"; });
    const std::string image = (*preview)["image"];
    QVERIFY(image.starts_with("data:image/jpeg;base64,"));
    QVERIFY(decoded(*fromBase64(image.substr(image.find(',') + 1))).format == FileFormat::Jpeg);
}

QTEST_APPLESS_MAIN(TestBatchRunner)
#include "tst_batch_runner.moc"
