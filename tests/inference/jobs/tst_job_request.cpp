// SPDX-License-Identifier: Apache-2.0
// JSON becomes a request in one place: what it takes, what it refuses and how it names the mistake. The same cases go
// through the JSON Schema that ships.
#include "inference/core/base64.h"
#include "inference/jobs/job_request.h"
#include "tests/support/json_schema.h"
#include "tests/support/picture_bytes.h"
#include "tests/support/pictures.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

using namespace pentimento;

namespace {

enum class Schema { Agrees, CannotTell }; ///< rules beyond its language: what belongs together, what a file holds

struct Case {
    const char* name;
    const char* json;
    const char* place; ///< of the mistake; empty: it is a good job
    Schema schema = Schema::Agrees;
};

const Case cases[] = {
    {"nothing", "{}", ""},
    {"a prompt", R"({"prompt": "a dog", "negative_prompt": "cats"})", ""},
    {"all numbers", R"({"steps": 1000, "guidance": 100, "strength": 1, "eta": 1, "batch": 64, "clip_skip": 64, "threads": 1024,
        "preview_every": 3, "quality": 1})",
     ""},
    {"whole number written with a point", R"({"steps": 20.0})", ""},
    {"seed of 64 bits", R"({"seed": 18446744073709551615})", ""},
    {"seed as text", R"({"seed": "18446744073709551615"})", ""},
    {"size as number and text", R"({"size": 512})", ""},
    {"size of two sides", R"({"size": "512x384"})", ""},
    {"width alone", R"({"width": 512})", ""},
    {"crop as text", R"({"crop": "0,0,10,10"})", ""},
    {"crop as list", R"({"crop": [0, 0, 10, 10]})", ""},
    {"margins", R"({"padding": "auto", "grow": 0, "feather": 4096})", ""},
    {"switches", R"({"color_match": "off", "soft_mask": true, "reference": false, "previews": true})", ""},
    {"colour match as boolean", R"({"color_match": true})", ""},
    {"one lora", R"({"lora": "toy:0.5"})", ""},
    {"several loras", R"({"lora": ["toy:0.5", "x"]})", ""},
    {"scheduler", R"({"scheduler": "dpmpp-2m-karras", "mode": "refine", "prefill": "pull-push"})", ""},
    {"format", R"({"output_format": "webp", "quality": 80})", ""},

    {"no object", "[]", "jobs[3]"},
    {"a text", "\"job\"", "jobs[3]"},
    {"unknown key", R"({"promt": "a dog"})", "jobs[3].promt"},
    {"key with a dash", R"({"negative-prompt": "a"})", "jobs[3].negative-prompt"},
    {"null", R"({"prompt": null})", "jobs[3].prompt"},
    {"prompt as number", R"({"prompt": 5})", "jobs[3].prompt"},
    {"steps 0", R"({"steps": 0})", "jobs[3].steps"},
    {"steps 1001", R"({"steps": 1001})", "jobs[3].steps"},
    {"steps 1.5", R"({"steps": 1.5})", "jobs[3].steps"},
    {"steps 1e99", R"({"steps": 1e99})", "jobs[3].steps"},
    {"steps as text", R"({"steps": "20"})", "jobs[3].steps"},
    {"guidance -1", R"({"guidance": -1})", "jobs[3].guidance"},
    {"guidance twice", R"({"guidance": 1, "guidance_scale": 1})", "jobs[3].guidance_scale"},
    {"strength 0", R"({"strength": 0})", "jobs[3].strength"},
    {"strength 1.1", R"({"strength": 1.1})", "jobs[3].strength"},
    {"seed -1", R"({"seed": -1})", "jobs[3].seed"},
    {"seed 1.5", R"({"seed": 1.5})", "jobs[3].seed"},
    {"seed beyond 64 bits", R"({"seed": 18446744073709551616})", "jobs[3].seed", Schema::CannotTell}, // a double to validators
    {"seed in words", R"({"seed": "many"})", "jobs[3].seed"},
    {"eta 2", R"({"eta": 2})", "jobs[3].eta"},
    {"batch 0", R"({"batch": 0})", "jobs[3].batch"},
    {"batch 65", R"({"batch": 65})", "jobs[3].batch"},
    {"size 0", R"({"size": 0})", "jobs[3].size"},
    {"size in words", R"({"size": "large"})", "jobs[3].size"},
    {"size 99999", R"({"size": "99999"})", "jobs[3].size", Schema::CannotTell},
    {"size and width", R"({"size": 64, "width": 64})", "jobs[3].width"},
    {"height 0", R"({"height": 0})", "jobs[3].height"},
    {"crop of three", R"({"crop": [0, 0, 1]})", "jobs[3].crop"},
    {"crop of nothing", R"({"crop": [0, 0, 0, 1]})", "jobs[3].crop", Schema::CannotTell},
    {"crop in words", R"({"crop": "left"})", "jobs[3].crop"},
    {"grow 4097", R"({"grow": 4097})", "jobs[3].grow"},
    {"feather in words", R"({"feather": "soft"})", "jobs[3].feather"},
    {"mode unknown", R"({"mode": "improve"})", "jobs[3].mode"},
    {"mode of a later version", R"({"mode": "expand"})", "jobs[3].mode"},
    {"prefill unknown", R"({"prefill": "sand"})", "jobs[3].prefill"},
    {"scheduler unknown", R"({"scheduler": "eulr"})", "jobs[3].scheduler"},
    {"device unknown", R"({"device": "cuda"})", "jobs[3].device"},
    {"type unknown", R"({"dtype": "float16"})", "jobs[3].dtype"},
    {"flag as text", R"({"soft_mask": "yes"})", "jobs[3].soft_mask"},
    {"colour match unknown", R"({"color_match": "maybe"})", "jobs[3].color_match"},
    {"lora as number", R"({"lora": ["x", 1]})", "jobs[3].lora[1]"},
    {"threads -1", R"({"threads": -1})", "jobs[3].threads"},
    {"quality 101", R"({"quality": 101})", "jobs[3].quality"},
    {"format unknown", R"({"output_format": "tiff"})", "jobs[3].output_format"},
    {"clip skip 65", R"({"clip_skip": 65})", "jobs[3].clip_skip"},
    {"memory", R"({"memory": "low"})", "jobs[3].memory", Schema::CannotTell},
    {"operation unknown", R"({"operation": "ImageUpscale"})", "jobs[3].operation"},
    {"inpaint without a picture", R"({"operation": "ImageInpaint"})", "jobs[3].init_image", Schema::CannotTell},
    {"inpaint without a mask", R"({"operation": "inpaint", "init_image": "AAAA"})", "jobs[3].mask_image", Schema::CannotTell},
    {"transform with a mask", R"({"operation": "transform", "init_image": "AAAA", "mask_image": "AAAA"})", "jobs[3].mask_image",
     Schema::CannotTell},
    {"generate with a picture", R"({"operation": "generate", "init_image": "AAAA"})", "jobs[3].init_image", Schema::CannotTell},
    {"mask alone", R"({"mask_image": "AAAA"})", "jobs[3].init_image", Schema::CannotTell},
    {"picture twice", R"({"init_image": "AAAA", "init_image_path": "x.png"})", "jobs[3].init_image_path"},
    {"controls",
     R"({"control": ["canny", "AAAA"], "control_model": ["a", "b"], "control_scale": [0.5, 10], "control_end": [1, 0.5]})", ""},
    {"one control", R"({"control_path": "canny:a.png", "control_model": "a", "control_scale": 0})", ""},
    {"control scale 11", R"({"control": "canny", "control_model": "a", "control_scale": 11})", "jobs[3].control_scale"},
    {"control scale as text", R"({"control": "canny", "control_model": "a", "control_scale": "1"})", "jobs[3].control_scale"},
    {"control that ends before it starts",
     R"({"control": "canny", "control_model": "a", "control_start": 0.5, "control_end": 0.5})", "jobs[3].control_start",
     Schema::CannotTell},
    {"two scales for one control", R"({"control": "canny", "control_model": "a", "control_scale": [1, 1]})",
     "jobs[3].control_scale", Schema::CannotTell},
    {"control model without a control", R"({"control_model": "a"})", "jobs[3].control_model", Schema::CannotTell},
    {"control twice", R"({"control": "canny", "control_path": "canny", "control_model": ["a", "b"]})", "jobs[3].control_path"},
    {"control without a model", R"({"control": "AAAA"})", "jobs[3].control_model", Schema::CannotTell},
    {"empty path", R"({"init_image_path": ""})", "jobs[3].init_image_path"},
};

std::string placeOfMistake(const Json& json, const std::string& place, const JobRules& rules = {})
{
    try {
        readJob(json, place, rules);
        return {};
    } catch (const Exception& e) {
        return e.error().where;
    }
}

std::string base64Picture(Size size, FileFormat format = FileFormat::Png)
{
    WriteOptions options;
    options.format = format;
    Picture picture;
    picture.image = gradient(size, 3);
    return toBase64(encoded(picture, options));
}

std::string base64Mask(Size size)
{
    Picture mask;
    mask.image = rectMask(size, {4, 4, 8, 8});
    return toBase64(encoded(mask, {}));
}

Error refusal(const Json& json, const JobRules& rules)
{
    try {
        parseJob(json, "jobs[3]", rules);
    } catch (const Exception& e) {
        return e.error();
    }
    return {ErrorCode::Internal, "it was taken", {}, {}, {}};
}

const JobRules network{true, 1 << 20, {}};

} // namespace

class TestJobRequest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void casesForParserAndSchema_data();
    void casesForParserAndSchema();
    void schemaAndParserKnowTheSameKeys();
    void defaultsOfJobs();
    void picturesDecideTheOperation();
    void valuesArrive();
    void picturesOfEveryKind();
    void wrongPicturesAreNamed();
    void pathsAreRelativeToTheJobFile();
    void networkNamesNoFiles();
    void networkLimitsPixels();
    void strictModelCheck();
};

void TestJobRequest::casesForParserAndSchema_data()
{
    QTest::addColumn<int>("index");
    for (int i = 0; i < static_cast<int>(std::size(cases)); ++i)
        QTest::newRow(cases[i].name) << i;
}

void TestJobRequest::casesForParserAndSchema()
{
    QFETCH(int, index);
    const Case& c = cases[index];
    static const Json schema = readJsonFile(PENTIMENTO_SOURCE_DIR "/resources/schema/job.schema.json");
    const Json json = Json::parse(c.json);
    const std::string where = placeOfMistake(json, "jobs[3]");
    QVERIFY2(QString::fromStdString(where).startsWith(QLatin1String(c.place)) && where.empty() == (*c.place == 0), where.c_str());
    const bool good = *c.place == 0;
    QCOMPARE(JsonSchema::accepts(schema, json), good || c.schema == Schema::CannotTell);
}

void TestJobRequest::schemaAndParserKnowTheSameKeys()
{
    const Json schema = readJsonFile(PENTIMENTO_SOURCE_DIR "/resources/schema/job.schema.json");
    QCOMPARE(schema["properties"].size(), jobKeys().size());
    for (const JobKey& key : jobKeys()) {
        const std::string name(key.name);
        QVERIFY2(schema["properties"].contains(name), name.c_str());
        QCOMPARE(schema["properties"][name].contains("x-job-files-only"), key.filesOnly);
    }
}

void TestJobRequest::defaultsOfJobs()
{
    const Request request = readJob(Json::object(), {}, {}).job.request;
    QCOMPARE(request.steps, 20);
    QCOMPARE(request.guidance, 7.5);
    QCOMPARE(request.seed, 42u);
    QVERIFY(request.task == Task::Generate);
    QVERIFY(!request.strength); // the model's
}

void TestJobRequest::picturesDecideTheOperation()
{
    const auto task = [](const char* json) { return readJob(Json::parse(json), {}, {}).job.request; };
    const Request erase = task(R"({"init_image": "x", "mask_image": "x"})");
    QVERIFY(erase.task == Task::Inpaint && erase.mode == Mode::Erase);
    const Request fill = task(R"({"init_image": "x", "mask_image": "x", "prompt": "a dog"})");
    QVERIFY(fill.task == Task::Inpaint && fill.mode == Mode::Fill);
    QVERIFY(task(R"({"init_image": "x"})").task == Task::Transform);
    QVERIFY(task(R"({"operation": "ImageTransform", "init_image": "x"})").task == Task::Transform);
    QVERIFY(task(R"({"operation": "transform", "init_image": "x"})").mode == Mode::Refine);
    QVERIFY(task(R"({"operation": "ImageGeneration"})").task == Task::Generate);
    QVERIFY(task(R"({"operation": "generate"})").task == Task::Generate);
    QVERIFY(task(R"({"operation": "ImageInpaint", "init_image": "x", "mask_image": "x"})").task == Task::Inpaint);
}

void TestJobRequest::valuesArrive()
{
    const JobDraft draft = readJob(Json::parse(R"({"init_image": "x", "mask_image": "x", "prompt": "p", "negative_prompt": "n",
        "mode": "refine", "steps": 3, "guidance_scale": 2.5, "strength": 0.5, "seed": 7, "scheduler": "euler", "eta": 0.25,
        "batch": 2, "size": "64x32", "crop": "1,2,3,4", "padding": 5, "grow": 6, "feather": 8, "soft_mask": true,
        "prefill": "neutral", "color_match": "off", "clip_skip": 1, "threads": 2, "previews": true, "preview_every": 4,
        "quality": 77, "output_format": "jpeg", "model": "m", "lora": ["a:0.5"], "require_inpaint_model": true})"),
                                   {}, {});
    const Request& r = draft.job.request;
    QCOMPARE(r.prompt, std::string("p"));
    QCOMPARE(r.negativePrompt, std::string("n"));
    QVERIFY(r.mode == Mode::Refine && r.prefill == Prefill::Neutral && r.requireInpaintModel);
    QCOMPARE(r.steps, 3);
    QCOMPARE(r.guidance, 2.5);
    QCOMPARE(r.strength, 0.5);
    QCOMPARE(r.seed, 7u);
    QCOMPARE(r.scheduler, std::string("euler"));
    QCOMPARE(r.eta, 0.25);
    QCOMPARE(r.batch, 2);
    QVERIFY(r.edit.size == (Size{64, 32}) && r.edit.crop.rect == (Rect{1, 2, 3, 4}));
    QVERIFY(r.edit.padding == 5 && r.edit.grow == 6 && r.edit.feather == 8 && r.edit.softMask && !r.edit.colorMatch);
    QVERIFY(r.clipSkip == 1 && r.threads == 2 && r.previewEvery == 4);
    QVERIFY(draft.job.previews && draft.job.quality == 77 && draft.job.format == FileFormat::Jpeg);
    QCOMPARE(draft.model, std::string("m"));
    QCOMPARE(draft.loras, std::vector<std::string>{"a:0.5"});
}

void TestJobRequest::picturesOfEveryKind()
{
    const Size size{24, 16};
    for (const FileFormat format : {FileFormat::Png, FileFormat::Jpeg, FileFormat::WebP}) {
        const Json json = {{"init_image", base64Picture(size, format)},
                           {"mask_image", "data:image/png;base64," + base64Mask(size)}};
        const Job job = parseJob(json, {}, network);
        QVERIFY(job.request.image.size() == size && job.request.mask.size() == size);
        QVERIFY(job.picture.format == format);
        QCOMPARE(int(job.request.mask.row8(5)[5]), 255);
        QCOMPARE(int(job.request.mask.row8(1)[1]), 0);
        QVERIFY(std::filesystem::exists(job.request.model));
    }
    std::string lines = base64Picture(size);
    lines.insert(20, "\r\n");
    QVERIFY(parseJob({{"init_image", lines}}, {}, network).request.image.size() == size);
}

void TestJobRequest::wrongPicturesAreNamed()
{
    const std::string good = base64Picture({24, 16});
    const auto imageRefusal = [&](const std::string& image) { return refusal({{"init_image", image}}, network); };
    for (const std::string& image :
         {std::string("%%%%"), good + "=", good.substr(0, 41), std::string("A"), std::string("AAAA=AAA"),
          std::string("data:text/plain;base64,") + good, std::string("data:image/png,") + good, good.substr(0, 100),
          toBase64(Bytes{1, 2, 3}), std::string("data:")}) {
        const Error error = imageRefusal(image);
        QVERIFY2(error.code == ErrorCode::BadInput, formatError(error).c_str());
        QVERIFY2(error.where == "jobs[3].init_image", error.where.c_str());
    }
    QCOMPARE(imageRefusal("%%%%").what, std::string("not base64"));
    const QImage qtImage(8, 8, QImage::Format_RGB32);
    QCOMPARE(imageRefusal(toBase64(savedByQt(qtImage, "BMP"))).what, std::string("this is no PNG, JPEG or WebP picture"));
    const Error size = refusal({{"init_image", good}, {"mask_image", base64Mask({16, 24})}}, network);
    QCOMPARE(size.where, std::string("jobs[3].mask_image"));
}

void TestJobRequest::pathsAreRelativeToTheJobFile()
{
    const TemporaryFolder folder;
    Picture picture;
    picture.image = gradient({24, 16}, 3);
    QVERIFY(!writePicture(folder.path() / "a.png", picture, {}));
    JobRules rules;
    rules.folder = folder.path();
    const Job job = parseJob({{"init_image_path", "a.png"}, {"output_path", "out.png"}}, {}, rules);
    QVERIFY(job.request.image.size() == (Size{24, 16}));
    QVERIFY(job.files.output == folder.path() / "out.png");
    const Error missing = refusal({{"init_image_path", "b.png"}}, rules);
    QCOMPARE(missing.where, "jobs[3].init_image_path, " + (folder.path() / "b.png").string());
}

void TestJobRequest::networkNamesNoFiles()
{
    for (const JobKey& key : jobKeys()) {
        if (!key.filesOnly)
            continue;
        const Json value = key.kind == KeyKind::Flag ? Json(true) : Json("/etc/passwd"); // one text is a list of one
        QCOMPARE(placeOfMistake({{std::string(key.name), value}}, "", network), std::string(key.name));
    }
    for (const char* name : {"/etc/passwd", "../starter", "..", ".", "a/b", "a\\b"}) {
        for (const char* key : {"model", "lora", "control_model"})
            QCOMPARE(placeOfMistake({{key, name}}, "", network), std::string(key));
    }
    QCOMPARE(placeOfMistake({{"model", "starter"}}, "", network), std::string());
}

void TestJobRequest::networkLimitsPixels()
{
    JobRules rules = network;
    rules.maxPixels = 24 * 16;
    QVERIFY(parseJob({{"init_image", base64Picture({24, 16})}}, {}, rules).request.image.size() == (Size{24, 16}));
    QCOMPARE(refusal({{"init_image", base64Picture({24, 17})}}, rules).where, std::string("jobs[3].init_image"));
    QCOMPARE(placeOfMistake({{"size", "25x16"}}, "", rules), std::string("size"));
    QCOMPARE(placeOfMistake({{"size", 20}}, "", rules), std::string("size"));
    QCOMPARE(placeOfMistake({{"width", 19}}, "", rules), std::string());
}

void TestJobRequest::strictModelCheck()
{
    const std::string folder = PENTIMENTO_SOURCE_DIR "/tests/reference/";
    const Json base = {{"model", folder + "sd15-base"}}, inpaint = {{"model", folder + "sd15-inpaint"}};
    QVERIFY(!parseJob(base, {}, {}).request.model.empty());
    Json strict = base;
    strict["require_inpaint_model"] = true;
    QCOMPARE(refusal(strict, {}).where, std::string("jobs[3].model"));
    strict["model"] = inpaint["model"];
    QVERIFY(!parseJob(strict, {}, {}).request.model.empty());
    const Error unknown = refusal({{"model", "nosuchmodel"}}, network);
    QVERIFY2(unknown.where.starts_with("jobs[3].model"), unknown.where.c_str());
}

QTEST_APPLESS_MAIN(TestJobRequest)
#include "tst_job_request.moc"
