// SPDX-License-Identifier: Apache-2.0
#include "inference/image/codecs.h"

#include "inference/core/log.h"

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>

#include <jerror.h>
#include <jpeglib.h> // after cstdio, which it needs

namespace pentimento::codec {
namespace {

constexpr char exifMark[6] = {'E', 'x', 'i', 'f', 0, 0};
constexpr std::size_t largestMarker = 65533;
constexpr int iccMarker = JPEG_APP0 + 2;
constexpr int exifMarker = JPEG_APP0 + 1;

/// libjpeg's error object with what we add; plain data, since libjpeg leaves by longjmp.
struct Problems {
    jpeg_error_mgr base;
    std::jmp_buf escape;
    bool truncated;
    bool damaged;
    char message[JMSG_LENGTH_MAX];
};

Problems* problemsOf(j_common_ptr common)
{
    return reinterpret_cast<Problems*>(common->err);
}

void onError(j_common_ptr common)
{
    Problems* problems = problemsOf(common);
    common->err->format_message(common, problems->message);
    std::longjmp(problems->escape, 1);
}

/// libjpeg carries on with grey after these; a picture with a grey lower half is no picture that was read.
void onMessage(j_common_ptr common, int level)
{
    if (level >= 0)
        return;
    Problems* problems = problemsOf(common);
    const int code = common->err->msg_code;
    if (code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER)
        problems->truncated = true;
    else if (code == JWRN_HUFF_BAD_CODE)
        problems->damaged = true;
    else
        return;
    common->err->format_message(common, problems->message);
}

class Reader {
public:
    explicit Reader(Bytes file)
    {
        m_jpeg.err = jpeg_std_error(&m_problems.base);
        m_problems.base.error_exit = onError;
        m_problems.base.emit_message = onMessage;
        const bool done = guardedHeader(m_jpeg, m_problems, file.data(), file.size());
        m_owner.reset(&m_jpeg);
        check(done);
    }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    jpeg_decompress_struct& jpeg() { return m_jpeg; }
    void readPixels(JSAMPARRAY rows) { check(guardedPixels(m_jpeg, m_problems, rows)); }
    std::vector<std::uint8_t> readProfile()
    {
        JOCTET* data = nullptr;
        unsigned length = 0;
        check(guardedProfile(m_jpeg, m_problems, &data, &length));
        const std::unique_ptr<JOCTET, decltype(&std::free)> owner(data, &std::free);
        return data ? std::vector<std::uint8_t>(data, data + length) : std::vector<std::uint8_t>();
    }

private:
    static bool guardedHeader(jpeg_decompress_struct& jpeg, Problems& problems, const std::uint8_t* data, std::size_t size);
    static bool guardedPixels(jpeg_decompress_struct& jpeg, Problems& problems, JSAMPARRAY rows);
    static bool guardedProfile(jpeg_decompress_struct& jpeg, Problems& problems, JOCTET** data, unsigned* length);

    void check(bool done)
    {
        if (m_problems.truncated || (!done && m_problems.base.msg_code == JERR_INPUT_EOF))
            refuseTruncated(m_problems.message);
        if (!done || m_problems.damaged)
            refuseDamaged(m_problems.message);
    }

    jpeg_decompress_struct m_jpeg{};
    Problems m_problems{};
    std::unique_ptr<jpeg_decompress_struct, decltype(&jpeg_destroy_decompress)> m_owner{nullptr, &jpeg_destroy_decompress};
};

bool Reader::guardedHeader(jpeg_decompress_struct& jpeg, Problems& problems, const std::uint8_t* data, std::size_t size)
{
    if (setjmp(problems.escape) != 0)
        return false;
    jpeg_create_decompress(&jpeg);
    jpeg_mem_src(&jpeg, data, size);
    jpeg_save_markers(&jpeg, exifMarker, 0xFFFF);
    jpeg_save_markers(&jpeg, iccMarker, 0xFFFF);
    jpeg_read_header(&jpeg, TRUE);
    return true;
}

bool Reader::guardedPixels(jpeg_decompress_struct& jpeg, Problems& problems, JSAMPARRAY rows)
{
    if (setjmp(problems.escape) != 0)
        return false;
    jpeg_start_decompress(&jpeg);
    while (jpeg.output_scanline < jpeg.output_height)
        jpeg_read_scanlines(&jpeg, rows + jpeg.output_scanline, jpeg.output_height - jpeg.output_scanline);
    jpeg_finish_decompress(&jpeg);
    return true;
}

bool Reader::guardedProfile(jpeg_decompress_struct& jpeg, Problems& problems, JOCTET** data, unsigned* length)
{
    if (setjmp(problems.escape) != 0)
        return false;
    jpeg_read_icc_profile(&jpeg, data, length);
    return true;
}

std::vector<std::uint8_t> exifOf(const jpeg_decompress_struct& jpeg)
{
    for (jpeg_saved_marker_ptr marker = jpeg.marker_list; marker; marker = marker->next) {
        if (marker->marker == exifMarker && marker->data_length > sizeof exifMark &&
            std::memcmp(marker->data, exifMark, sizeof exifMark) == 0)
            return {marker->data + sizeof exifMark, marker->data + marker->data_length};
    }
    return {};
}

struct WriteJob {
    jpeg_compress_struct* jpeg;
    Problems* problems;
    const Picture* picture;   ///< for its metadata
    const std::uint8_t* exif; ///< marker content, null if none
    std::size_t exifBytes;
    JSAMPARRAY rows;
    int width, height, channels;
    int quality;
    unsigned char** output;
    unsigned long* outputBytes;
};

bool guardedWrite(const WriteJob& job)
{
    if (setjmp(job.problems->escape) != 0)
        return false;
    jpeg_compress_struct& jpeg = *job.jpeg;
    jpeg_create_compress(&jpeg);
    jpeg_mem_dest(&jpeg, job.output, job.outputBytes);
    jpeg.image_width = static_cast<JDIMENSION>(job.width);
    jpeg.image_height = static_cast<JDIMENSION>(job.height);
    jpeg.input_components = job.channels;
    jpeg.in_color_space = job.channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&jpeg);
    jpeg_set_quality(&jpeg, job.quality, TRUE);
    jpeg.optimize_coding = TRUE;
    if (job.quality >= 90) // full colour resolution
        jpeg.comp_info[0].h_samp_factor = jpeg.comp_info[0].v_samp_factor = 1;
    jpeg_start_compress(&jpeg, TRUE);
    if (job.exif)
        jpeg_write_marker(&jpeg, exifMarker, job.exif, static_cast<unsigned>(job.exifBytes));
    if (!job.picture->icc.empty())
        jpeg_write_icc_profile(&jpeg, job.picture->icc.data(), static_cast<unsigned>(job.picture->icc.size()));
    while (jpeg.next_scanline < jpeg.image_height)
        jpeg_write_scanlines(&jpeg, job.rows + jpeg.next_scanline, jpeg.image_height - jpeg.next_scanline);
    jpeg_finish_compress(&jpeg);
    return true;
}

std::vector<std::uint8_t> exifMarkerContent(const Picture& picture)
{
    if (picture.exif.empty())
        return {};
    if (picture.exif.size() + sizeof exifMark > largestMarker) {
        logWarning("the EXIF block was left out: JPEG takes at most 64 KB");
        return {};
    }
    std::vector<std::uint8_t> content(std::begin(exifMark), std::end(exifMark));
    content.insert(content.end(), picture.exif.begin(), picture.exif.end());
    return content;
}

} // namespace

PictureHeader readJpegHeader(Bytes file)
{
    Reader reader(file);
    return {{static_cast<int>(reader.jpeg().image_width), static_cast<int>(reader.jpeg().image_height)},
            FileFormat::Jpeg,
            reader.jpeg().num_components,
            8};
}

Picture decodeJpeg(Bytes file, const DecodeLimits& limits)
{
    Reader reader(file);
    jpeg_decompress_struct& jpeg = reader.jpeg();
    if (jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK)
        throw Exception(ErrorCode::BadInput, "the JPEG has CMYK colours for printing", {},
                        "convert it to RGB in another program");
    const int channels = jpeg.num_components == 1 ? 1 : 3;
    jpeg.out_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    ImageBuffer buffer = allocatePixels(jpeg.image_width, jpeg.image_height, channels, 8, limits);
    std::vector<JSAMPROW> rows;
    for (int y = 0; y < buffer.height; ++y)
        rows.push_back(buffer.row8(y));
    Picture picture;
    picture.format = FileFormat::Jpeg;
    picture.icc = reader.readProfile();
    picture.exif = exifOf(jpeg);
    reader.readPixels(rows.data());
    picture.image = std::move(buffer).share();
    return picture;
}

std::vector<std::uint8_t> encodeJpeg(const Picture& picture, int quality)
{
    const Image& image = picture.image;
    if (image.width > JPEG_MAX_DIMENSION || image.height > JPEG_MAX_DIMENSION)
        throw Exception(ErrorCode::Output, "a JPEG has at most 65500 pixels a side", {}, "choose PNG");
    std::vector<JSAMPROW> rows; // libjpeg does not write into them
    for (int y = 0; y < image.height; ++y)
        rows.push_back(reinterpret_cast<JSAMPROW>(const_cast<std::byte*>(image.row(y))));
    const std::vector<std::uint8_t> exif = exifMarkerContent(picture);

    jpeg_compress_struct jpeg{};
    Problems problems{};
    jpeg.err = jpeg_std_error(&problems.base);
    problems.base.error_exit = onError;
    problems.base.emit_message = onMessage;
    unsigned char* output = nullptr;
    unsigned long outputBytes = 0;
    const bool done =
        guardedWrite({&jpeg, &problems, &picture, exif.empty() ? nullptr : exif.data(), exif.size(), rows.data(), image.width,
                      image.height, image.channels, std::clamp(quality, 1, 100), &output, &outputBytes});
    jpeg_destroy_compress(&jpeg);
    const std::unique_ptr<unsigned char, decltype(&std::free)> owner(output, &std::free);
    if (!done)
        throw Exception(Error{ErrorCode::Internal, "the picture cannot be written as JPEG", {}, {}, problems.message});
    return {output, output + outputBytes};
}

} // namespace pentimento::codec
