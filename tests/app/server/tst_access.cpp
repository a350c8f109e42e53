// SPDX-License-Identifier: Apache-2.0
// Who may use the server, and what it does not tell.
#include "app/server/access.h"
#include "app/server/path_redactor.h"
#include "inference/api/error.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

using namespace pentimento;

class TestAccess : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tokens();
    void tokenFiles();
    void addressesBeyondThisMachineNeedAToken();
    void webPages_data();
    void webPages();
    void bearer();
    void pathsAreTakenOut_data();
    void pathsAreTakenOut();
    void errorsLoseTheirDetail();
};

void TestAccess::tokens()
{
    QVERIFY(sameToken("secret", "secret"));
    for (const char* wrong : {"", "s", "secre", "secrets", "Secret", "secresecret", "secretsecret"})
        QVERIFY2(!sameToken(wrong, "secret"), wrong);
    QVERIFY(!sameToken("x", ""));
}

void TestAccess::tokenFiles()
{
    const TemporaryFolder folder;
    const auto file = [&](const char* text) {
        writeText(folder.path() / "token", text);
        return folder.path() / "token";
    };
    QCOMPARE(readToken(file("0123456789abcdef\n")), std::string("0123456789abcdef"));
    QCOMPARE(readToken(file("0123456789abcdef\r\nsecond line")), std::string("0123456789abcdef"));
    QVERIFY_THROWS_EXCEPTION(Exception, readToken(file("short\n")));
    QVERIFY_THROWS_EXCEPTION(Exception, readToken(file("")));
    QVERIFY_THROWS_EXCEPTION(Exception, readToken(file("a token with blanks in it")));
    QVERIFY_THROWS_EXCEPTION(Exception, readToken(folder.path() / "missing"));
}

void TestAccess::addressesBeyondThisMachineNeedAToken()
{
    ServerOptions options;
    for (const char* host : {"127.0.0.1", "127.1.2.3", "::1", "localhost", "LOCALHOST"}) {
        options.host = host;
        requireToken(options);
    }
    for (const char* host : {"0.0.0.0", "192.168.0.1", "::", "example.org", "127.evil.example", ""}) {
        options.host = host;
        QVERIFY_THROWS_EXCEPTION(Exception, requireToken(options));
    }
    options.token = "0123456789abcdef";
    requireToken(options);
}

void TestAccess::webPages_data()
{
    QTest::addColumn<QString>("host");
    QTest::addColumn<QString>("origin");
    QTest::addColumn<bool>("granted");
    const auto row = [](const char* host, const char* origin, bool granted) {
        QTest::addRow("%s from %s", host, origin) << QString::fromLatin1(host) << QString::fromLatin1(origin) << granted;
    };
    row("127.0.0.1:7833", "", true);
    row("localhost:7833", "", true);
    row("[::1]:7833", "", true);
    row("", "", true);
    row("rebound.example:7833", "", false);
    row("localhost.evil.example", "", false);
    row("127.0.0.1:7833", "https://evil.example", false);
    row("127.0.0.1:7833", "null", false);
    row("127.0.0.1:7833", "https://good.example", true);
    row("127.0.0.1:7833", "https://good.example.evil.example", false);
}

void TestAccess::webPages()
{
    QFETCH(QString, host);
    QFETCH(QString, origin);
    QFETCH(bool, granted);
    ServerOptions options;
    options.corsOrigins = {"https://good.example"};
    const Access access = accessOf({{}, host.toStdString(), origin.toStdString(), false}, options);
    QVERIFY(access == (granted ? Access::Granted : Access::ForeignPage));
}

void TestAccess::bearer()
{
    ServerOptions options;
    options.host = "0.0.0.0";
    options.token = "0123456789abcdef";
    const auto access = [&](const char* header, bool open = false) { return accessOf({header, "gpu.lan", {}, open}, options); };
    QVERIFY(access("Bearer 0123456789abcdef") == Access::Granted);
    QVERIFY(access("", true) == Access::Granted);
    for (const char* header : {"", "Bearer ", "Bearer 0123456789abcdeg", "0123456789abcdef", "Basic 0123456789abcdef",
                               "Bearer 0123456789abcdef ", "bearer0123456789abcdef"})
        QVERIFY2(access(header) == Access::NoToken, header);
}

void TestAccess::pathsAreTakenOut_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("told");
    const auto row = [](const char* text, const char* told) {
        QTest::newRow(text) << QString::fromLatin1(text) << QString::fromLatin1(told);
    };
    row("the file /etc/passwd is odd", "the file passwd is odd");
    row("/a/b/c", "c");
    row("(/a/b/c.safetensors): try", "(c.safetensors): try");
    row("put it into /home/ann lee/models/x", "put it into x");
    row("put it into /home/ann lee/models", "put it into models");
    row("\"/srv/models/a\", /srv/models/b", "\"a\", b");
    row("512 x 512 and/or 1/2", "512 x 512 and/or 1/2");
    row("/", "/");
    row("where=/x/y", "where=y");
    row("image/png", "image/png");
    row("/a/", "");
}

void TestAccess::pathsAreTakenOut()
{
    QFETCH(QString, text);
    QFETCH(QString, told);
    const PathRedactor redactor({"/home/ann lee/models", "/srv", "/", ""});
    QCOMPARE(QString::fromStdString(redactor.redacted(text.toStdString())), told);
}

void TestAccess::errorsLoseTheirDetail()
{
    const Error told = PathRedactor().redacted(Error{ErrorCode::BadInput, "no /x/y", "/x/z", "see /x/w", "at /x/v line 3"});
    QCOMPARE(formatError(told), std::string("no y (z): see w"));
    QCOMPARE(told.detail, std::string());
}

QTEST_APPLESS_MAIN(TestAccess)
#include "tst_access.moc"
