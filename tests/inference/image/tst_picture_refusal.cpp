// SPDX-License-Identifier: Apache-2.0
// What cannot be read or written: one useful error, and nothing left behind.
#include "inference/api/picture_file.h"

#include "tests/support/picture_bytes.h"
#include "tests/support/pictures.h"
#include "tests/support/temporary_folder.h"

#include <QtTest>

#include <cstdio>

#include <jpeglib.h> // after cstdio, which it needs
#ifndef _WIN32
#include <csignal>
#include <sys/resource.h>
#endif

using namespace pentimento;
namespace fs = std::filesystem;

namespace {

Error refusal(const Bytes& bytes, const std::string& name = "memory")
{
    const auto picture = readPicture(bytes, name);
    const auto* error = std::get_if<Error>(&picture);
    return error ? *error : Error{ErrorCode::Internal, "accepted", {}, {}, {}};
}

Bytes cmykJpeg()
{
    jpeg_compress_struct jpeg{};
    jpeg_error_mgr errors{};
    jpeg.err = jpeg_std_error(&errors);
    jpeg_create_compress(&jpeg);
    unsigned char* output = nullptr;
    unsigned long size = 0;
    jpeg_mem_dest(&jpeg, &output, &size);
    jpeg.image_width = jpeg.image_height = 8;
    jpeg.input_components = 4;
    jpeg.in_color_space = JCS_CMYK;
    jpeg_set_defaults(&jpeg);
    jpeg_start_compress(&jpeg, TRUE);
    Bytes row(32, 90);
    JSAMPROW rows[1] = {row.data()};
    while (jpeg.next_scanline < 8)
        jpeg_write_scanlines(&jpeg, rows, 1);
    jpeg_finish_compress(&jpeg);
    jpeg_destroy_compress(&jpeg);
    Bytes bytes(output, output + size);
    std::free(output);
    return bytes;
}

} // namespace

class PictureRefusalTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void cmykIsRefusedWithARemedy()
    {
        const Error error = refusal(cmykJpeg());
        QCOMPARE(error.code, ErrorCode::BadInput);
        QVERIFY(error.what.find("CMYK") != std::string::npos && !error.remedy.empty());
    }

    void truncatedFilesAreRefused()
    {
        std::mt19937 random(24);
        Picture picture;
        picture.image = noisePicture({64, 64}, 3, 8, random);
        WriteOptions lossless;
        lossless.format = FileFormat::WebP;
        lossless.lossless = true;
        const QImage image(64, 64, QImage::Format_RGB888);
        const std::vector<Bytes> files = {encoded(picture, {}),
                                          encoded(picture, {FileFormat::Jpeg}),
                                          encoded(picture, {FileFormat::WebP}),
                                          encoded(picture, lossless),
                                          savedByQt(image, "BMP"),
                                          savedByQt(image, "PPM")};
        for (const Bytes& file : files) {
            for (const std::size_t size : {file.size() - 1, file.size() * 9 / 10, file.size() / 2, std::size_t{40}}) {
                const Error error = refusal(Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
                QVERIFY2(error.code == ErrorCode::BadInput, qPrintable(QString::number(size)));
            }
        }
    }

    void hugeHeadersAreRefusedBeforeAnyMemoryIsTaken()
    {
        Bytes header;
        appendBigEndian(header, 2'000'000);
        appendBigEndian(header, 2'000'000);
        header.insert(header.end(), {8, 6, 0, 0, 0});
        Bytes png = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
        for (const Bytes& chunk : {pngChunk("IHDR", header), pngChunk("IDAT", {0x78, 0x9c}), pngChunk("IEND", {})})
            png.insert(png.end(), chunk.begin(), chunk.end());
        QCOMPARE(refusal(png).code, ErrorCode::BadInput);

        Picture picture;
        picture.image = gradient({200, 100}, 3);
        const auto limited = readPicture(encoded(picture, {}), "memory", 19'999);
        QCOMPARE(std::get<Error>(limited).code, ErrorCode::BadInput);
        QVERIFY(std::holds_alternative<Picture>(readPicture(encoded(picture, {}), "memory", 20'000)));
    }

    void whatIsNoPictureIsNamed()
    {
        const TemporaryFolder folder;
        const fs::path text = folder.path() / "notes.txt", empty = folder.path() / "empty.png";
        writeText(text, "The quick brown fox jumps over the lazy dog");
        writeText(empty, "");
        for (const fs::path& file : {text, empty, folder.path(), folder.path() / "missing.jpg"}) {
            const auto picture = readPicture(file);
            const auto header = readPictureHeader(file);
            QCOMPARE(std::get<Error>(picture).code, ErrorCode::BadInput);
            QCOMPARE(std::get<Error>(header).code, ErrorCode::BadInput);
            QCOMPARE(std::get<Error>(picture).where, file.string());
            QVERIFY(!std::get<Error>(picture).remedy.empty());
        }
    }

    void existingFilesAreKeptUnlessAllowed()
    {
        const TemporaryFolder folder;
        const fs::path file = folder.path() / "out.png";
        writeText(file, "precious");
        Picture picture;
        picture.image = gradient({8, 8}, 3);
        WriteOptions options;
        options.overwrite = false;
        QCOMPARE(writePicture(file, picture, options)->code, ErrorCode::Output);
        QCOMPARE(fs::file_size(file), std::uintmax_t{8});
        QCOMPARE(writePicture(folder.path() / "none" / "out.png", picture, {})->code, ErrorCode::Output);
        QCOMPARE(writePicture(folder.path(), picture, {})->code, ErrorCode::Output);
    }

#ifndef _WIN32
    void aFullDiskLeavesNothingBehind()
    {
        const TemporaryFolder folder;
        std::mt19937 random(26);
        Picture picture;
        picture.image = noisePicture({200, 200}, 3, 8, random);
        rlimit before{};
        getrlimit(RLIMIT_FSIZE, &before);
        std::signal(SIGXFSZ, SIG_IGN);
        const rlimit small{20'000, before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &small);
        const auto error = writePicture(folder.path() / "out.png", picture, {});
        setrlimit(RLIMIT_FSIZE, &before);
        QVERIFY(error && error->code == ErrorCode::Output);
        QVERIFY(fs::is_empty(folder.path()));
    }
#endif
};

QTEST_GUILESS_MAIN(PictureRefusalTest)
#include "tst_picture_refusal.moc"
