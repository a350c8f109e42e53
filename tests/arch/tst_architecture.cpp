// SPDX-License-Identifier: Apache-2.0
// Who may include whom. The tables are the rules; ARCHITECTURE.md tells why.
#include <QtTest>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

namespace {
namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

/// A folder and the folders of this project that it may include, besides itself. What is not listed is forbidden, and
/// so is a folder without a row. The rows say what holds today: a new dependency is a decision, made here.
struct Layer {
    std::string folder;
    Strings mayInclude;
};
const std::vector<Layer> layers = {
    // Torch-free, a static library.
    {"inference/api", {}},
    {"inference/core", {"inference/api"}},
    {"inference/image", {"inference/api", "inference/core"}},
    {"inference/edit", {"inference/api"}},
    {"inference/io", {"inference/api", "inference/core"}},
    {"inference/text", {"inference/api", "inference/core"}},
    {"inference/jobs", {"inference/api", "inference/core", "inference/image", "inference/io", "inference/text"}},
    // The module that is loaded at run time.
    {"inference/kernels", {}},
    {"inference/schedulers", {"inference/api", "inference/core"}},
    {"inference/models", {"inference/api", "inference/core", "inference/kernels"}},
    {"inference/pipelines", {"inference/api", "inference/models", "inference/schedulers"}},
    {"inference/engine",
     {"inference/api", "inference/core", "inference/edit", "inference/io", "inference/text", "inference/models",
      "inference/pipelines", "inference/schedulers"}},
    // document <- tools <- canvas <- panels.
    {"widgets/common", {}},
    {"widgets/document", {"widgets/common"}},
    {"widgets/tools", {"widgets/common", "widgets/document"}},
    {"widgets/canvas", {"widgets/common", "widgets/document", "widgets/tools"}},
    {"widgets/panels", {"widgets/common", "widgets/document", "widgets/tools", "widgets/canvas"}},
    {"widgets/dialogs", {"widgets/common", "widgets/document"}},
    // The bridge alone knows both sides.
    {"app/server", {"inference/api", "inference/core", "inference/image", "inference/edit", "inference/io", "inference/jobs"}},
    {"app/remote", {"inference/api", "inference/core", "inference/io", "inference/jobs"}},
    {"app/cli",
     {"app/server", "inference/api", "inference/core", "inference/image", "inference/edit", "inference/io", "inference/text",
      "inference/jobs"}},
    {"app/bridge", {"app/remote", "inference/api", "widgets/common", "widgets/document", "widgets/canvas"}},
    {"app/window",
     {"app/bridge", "widgets/common", "widgets/document", "widgets/tools", "widgets/canvas", "widgets/panels",
      "widgets/dialogs"}},
    {"app", {"app/cli", "app/window"}},
};

/// Headers from outside: where any of them is forbidden, and the files that may have them nevertheless.
struct Foreign {
    std::string name;
    Strings headers; ///< beginnings of the header's name
    Strings forbiddenIn;
    Strings exceptIn;
};
const std::vector<Foreign> foreign = {
    {"Qt", {"Q"}, {"inference/", "app/cli/", "app/server/", "app/remote/"}, {}},
    {"torch",
     {"torch/", "ATen/", "c10/", "caffe2/"},
     {"widgets/", "app/", "inference/api/", "inference/core/", "inference/image/", "inference/edit/", "inference/io/",
      "inference/text/", "inference/jobs/", "inference/kernels/"},
     {}},
    {"one system only",
     {"unistd.h", "sys/",     "dlfcn.h",   "fcntl.h",   "pthread.h",  "signal.h", "sched.h",
      "poll.h",   "dirent.h", "termios.h", "pwd.h",     "langinfo.h", "netinet/", "arpa/",
      "linux/",   "mach",     "windows.h", "Windows.h", "io.h",       "process.h"},
     {"inference/", "widgets/", "app/"},
     {"inference/core/platform_posix.cpp", "inference/core/platform_windows.cpp"}},
};

constexpr int longestFile = 400; // more is usually two subjects

bool beginsWithAny(const std::string& text, const Strings& beginnings)
{
    return std::any_of(beginnings.begin(), beginnings.end(), [&](const std::string& b) { return text.starts_with(b); });
}

std::string folderOf(const std::string& path)
{
    const std::size_t slash = path.rfind('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// The row of a folder or of its nearest parent that has one.
const Layer* layerOf(std::string folder)
{
    for (; !folder.empty(); folder = folderOf(folder)) {
        const auto it = std::find_if(layers.begin(), layers.end(), [&](const Layer& l) { return l.folder == folder; });
        if (it != layers.end())
            return &*it;
    }
    return nullptr;
}

/// The name between the quotes or brackets of an #include line.
std::optional<std::string> includedName(const std::string& line)
{
    std::size_t at = line.find_first_not_of(" \t");
    if (at == std::string::npos || line[at] != '#')
        return std::nullopt;
    at = line.find_first_not_of(" \t", at + 1);
    if (at == std::string::npos || line.compare(at, 7, "include") != 0)
        return std::nullopt;
    const std::size_t open = line.find_first_of("<\"", at);
    const std::size_t close = open == std::string::npos ? open : line.find_first_of(">\"", open + 1);
    return close == std::string::npos ? std::nullopt : std::optional(line.substr(open + 1, close - open - 1));
}

void checkInclude(const std::string& path, const std::string& name, Strings& problems)
{
    for (const Foreign& rule : foreign) {
        if (beginsWithAny(name, rule.headers) && beginsWithAny(path, rule.forbiddenIn) && !beginsWithAny(path, rule.exceptIn))
            problems.push_back(path + " includes " + name + " (" + rule.name + ")");
    }
    const Layer* from = layerOf(folderOf(path));
    const Layer* to = layerOf(folderOf(name));
    if (!beginsWithAny(name, {"inference/", "widgets/", "app/", "tests/"})) {
        if (name.starts_with("../"))
            problems.push_back(path + " includes " + name + ": write paths from the top folder");
    } else if (from && from != to &&
               (!to || std::find(from->mayInclude.begin(), from->mayInclude.end(), to->folder) == from->mayInclude.end())) {
        problems.push_back(path + " includes " + name + ": " + from->folder + " may not");
    }
}

Strings violations(const std::string& path, const std::string& text)
{
    Strings problems;
    const bool source = beginsWithAny(path, {"inference/", "widgets/", "app/"});
    if (source && !layerOf(folderOf(path)))
        problems.push_back(path + ": its folder has no row in the table of layers");
    std::istringstream stream(text);
    std::string line;
    int lines = 0;
    for (; std::getline(stream, line); ++lines) {
        if (const std::optional<std::string> name = includedName(line); name && source)
            checkInclude(path, *name, problems);
    }
    if (lines > longestFile)
        problems.push_back(path + " has " + std::to_string(lines) + " lines");
    return problems;
}

QString joined(const Strings& problems)
{
    QStringList list;
    for (const std::string& problem : problems)
        list << QString::fromStdString(problem);
    return list.join(QLatin1Char('\n'));
}

} // namespace

class TestArchitecture : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void rulesCatch_data();
    void rulesCatch();
    void sourceTreeFollowsTheRules();
    void everyNumberHasItsPlural();
};

/// Every rule, shown to fail on a file that breaks it and to pass on a neighbour that does not.
void TestArchitecture::rulesCatch_data()
{
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("problem"); // empty: none
    const auto row = [](const char* name, const char* path, const char* text, const char* problem) {
        QTest::newRow(name) << QString::fromLatin1(path) << QString::fromLatin1(text) << QString::fromLatin1(problem);
    };
    row("Qt in inference", "inference/image/x.cpp", "#include <QImage>\n", "(Qt)");
    row("Qt module in inference", "inference/core/x.h", "  #  include <QtCore/qglobal.h>\n", "(Qt)");
    row("Qt in the command line", "app/cli/x.cpp", "#include <QString>\n", "(Qt)");
    row("Qt in widgets", "widgets/panels/x.cpp", "#include <QWidget>\n", "");
    row("torch in widgets", "widgets/canvas/x.cpp", "#include <torch/torch.h>\n", "(torch)");
    row("ATen in the core", "inference/edit/x.cpp", "#include <ATen/ATen.h>\n", "(torch)");
    row("c10 in the bridge", "app/bridge/x.cpp", "#include <c10/core/Device.h>\n", "(torch)");
    row("ATen in models", "inference/models/x.cpp", "#include <ATen/ATen.h>\n", "");
    row("inference in widgets", "widgets/document/x.h", "#include \"inference/api/image.h\"\n", "widgets/document may not");
    row("document uses canvas", "widgets/document/x.h", "#include \"widgets/canvas/canvas_widget.h\"\n",
        "widgets/document may not");
    row("tools use canvas", "widgets/tools/x.h", "#include \"widgets/canvas/canvas_widget.h\"\n", "widgets/tools may not");
    row("canvas uses panels", "widgets/canvas/x.h", "#include \"widgets/panels/task_bar.h\"\n", "widgets/canvas may not");
    row("panels use canvas", "widgets/panels/x.h", "#include \"widgets/canvas/canvas_widget.h\"\n", "");
    row("core uses io", "inference/core/x.cpp", "#include \"inference/io/tensor_store.h\"\n", "inference/core may not");
    row("models use pipelines", "inference/models/x.cpp", "#include \"inference/pipelines/diffusion_pipeline.h\"\n",
        "inference/models may not");
    row("schedulers use models", "inference/schedulers/x.cpp", "#include \"inference/models/layers.h\"\n",
        "inference/schedulers may not");
    row("pipelines use the engine", "inference/pipelines/x.cpp", "#include \"inference/engine/threads.h\"\n",
        "inference/pipelines may not");
    row("api uses core", "inference/api/x.h", "#include \"inference/core/json.h\"\n", "inference/api may not");
    row("bridge uses core", "app/bridge/x.cpp", "#include \"inference/core/files.h\"\n", "app/bridge may not");
    row("bridge uses api", "app/bridge/x.cpp", "#include \"inference/api/engine.h\"\n", "");
    row("window uses inference", "app/window/x.cpp", "#include \"inference/api/engine.h\"\n", "app/window may not");
    row("command line uses torch's side", "app/cli/x.cpp", "#include \"inference/engine/threads.h\"\n", "app/cli may not");
    row("server uses torch's side", "app/server/x.cpp", "#include \"inference/engine/threads.h\"\n", "app/server may not");
    row("server uses the command line", "app/server/x.cpp", "#include \"app/cli/console.h\"\n", "app/server may not");
    row("Qt in the server", "app/server/x.cpp", "#include <QString>\n", "(Qt)");
    row("command line uses widgets", "app/cli/x.cpp", "#include \"widgets/common/theme.h\"\n", "app/cli may not");
    row("source uses tests", "inference/core/x.cpp", "#include \"tests/support/pictures.h\"\n", "inference/core may not");
    row("up and over", "inference/core/x.cpp", "#include \"../io/tensor_store.h\"\n", "from the top folder");
    row("POSIX", "app/cli/x.cpp", "#include <unistd.h>\n", "(one system only)");
    row("POSIX folder", "widgets/common/x.cpp", "#include <sys/stat.h>\n", "(one system only)");
    row("POSIX in the platform file", "inference/core/platform_posix.cpp", "#include <dlfcn.h>\n", "");
    row("a comment", "inference/core/x.cpp", "// #include <QImage>\n", "");
    row("a folder without a row", "inference/later/x.cpp", "", "no row");
    const std::string lines(static_cast<std::size_t>(longestFile), '\n');
    row("as long as may be", "tests/x.cpp", lines.c_str(), "");
    row("too long", "tests/x.cpp", (lines + "\n").c_str(), "401 lines");
}

void TestArchitecture::rulesCatch()
{
    QFETCH(QString, path);
    QFETCH(QString, text);
    QFETCH(QString, problem);
    const Strings found = violations(path.toStdString(), text.toStdString());
    QVERIFY2(found.size() == (problem.isEmpty() ? 0u : 1u), qPrintable(joined(found)));
    QVERIFY2(joined(found).contains(problem), qPrintable(joined(found)));
}

void TestArchitecture::sourceTreeFollowsTheRules()
{
    const fs::path root(PENTIMENTO_SOURCE_DIR);
    Strings problems;
    int files = 0;
    for (const char* top : {"inference", "widgets", "app", "tests"}) {
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
            const std::string ending = entry.path().extension().string();
            if (ending != ".cpp" && ending != ".h" && ending != ".cu")
                continue;
            std::ifstream stream(entry.path(), std::ios::binary);
            const std::string text{std::istreambuf_iterator<char>(stream), {}};
            QVERIFY2(!text.empty(), entry.path().c_str());
            const Strings found = violations(entry.path().lexically_relative(root).generic_string(), text);
            problems.insert(problems.end(), found.begin(), found.end());
            ++files;
        }
    }
    QVERIFY(files > 100); // the tree was really read
    QVERIFY2(problems.empty(), qPrintable(joined(problems)));
}

void TestArchitecture::everyNumberHasItsPlural()
{
    const auto read = [](const fs::path& file) {
        std::ifstream stream(file, std::ios::binary);
        return std::string{std::istreambuf_iterator<char>(stream), {}};
    };
    const fs::path root(PENTIMENTO_SOURCE_DIR);
    const std::string known = read(root / "translations" / "pentimento_en.ts");
    QVERIFY(known.find("unfinished") == std::string::npos);
    int found = 0;
    for (const char* top : {"widgets", "app"}) {
        for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root / top)) {
            if (entry.path().extension() != ".cpp")
                continue;
            const std::string text = read(entry.path());
            for (auto at = text.find("%n"); at != std::string::npos; at = text.find("%n", at + 1), ++found) {
                const auto begin = text.rfind('"', at) + 1;
                const std::string source = text.substr(begin, text.find('"', at) - begin);
                QVERIFY2(known.find("<source>" + source + "</source>") != std::string::npos, source.c_str());
            }
        }
    }
    QVERIFY(found > 3);
}

QTEST_APPLESS_MAIN(TestArchitecture)
#include "tst_architecture.moc"
