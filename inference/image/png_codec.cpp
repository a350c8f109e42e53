// SPDX-License-Identifier: Apache-2.0
#include "inference/image/codecs.h"

#include "inference/core/log.h"

#include <png.h>

#include <algorithm>
#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <memory>

namespace pentimento::codec {
namespace {

constexpr std::size_t largestChunk = std::size_t{64} << 20;
constexpr std::uint64_t bestDeflateRatio = 1040; // deflate makes at most 1032 bytes of one

/// Handed through libpng's callbacks. Plain data: libpng leaves by longjmp.
struct Source {
    const std::uint8_t* data;
    std::size_t size;
    std::size_t position;
    bool ended;
    char message[160];
};

void onError(png_structp png, png_const_charp text)
{
    auto* source = static_cast<Source*>(png_get_error_ptr(png));
    std::snprintf(source->message, sizeof source->message, "libpng: %s", text);
    png_longjmp(png, 1);
}

void onWarning(png_structp, png_const_charp) {}

void onRead(png_structp png, png_bytep target, std::size_t size)
{
    auto* source = static_cast<Source*>(png_get_io_ptr(png));
    if (size > source->size - source->position) {
        source->ended = true;
        png_error(png, "unexpected end of the file");
    }
    std::memcpy(target, source->data + source->position, size);
    source->position += size;
}

class Reader {
public:
    explicit Reader(Bytes file) : m_source{file.data(), file.size(), 0, false, {}}
    {
        m_png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &m_source, onError, onWarning);
        m_info = m_png ? png_create_info_struct(m_png) : nullptr;
        if (!m_info)
            throw Exception(ErrorCode::OutOfMemory, "there is not enough memory to read the picture");
        png_set_read_fn(m_png, &m_source, onRead);
        png_set_user_limits(m_png, PNG_UINT_31_MAX, PNG_UINT_31_MAX); // pixels are limited by their number
        png_set_chunk_malloc_max(m_png, largestChunk);
    }
    ~Reader() { png_destroy_read_struct(&m_png, &m_info, nullptr); }
    Reader(const Reader&) = delete;
    Reader& operator=(const Reader&) = delete;

    void readHeader() { check(guardedHeader(m_png, m_info)); }
    void readPixels(png_bytepp rows) { check(guardedPixels(m_png, m_info, rows)); }
    png_structp png() const { return m_png; }
    png_infop info() const { return m_info; }

private:
    static bool guardedHeader(png_structp png, png_infop info);
    static bool guardedPixels(png_structp png, png_infop info, png_bytepp rows);

    void check(bool done)
    {
        if (done)
            return;
        if (m_source.ended)
            refuseTruncated(m_source.message);
        refuseDamaged(m_source.message);
    }

    Source m_source;
    png_structp m_png = nullptr;
    png_infop m_info = nullptr;
};

/// Chunks up to the pixels, and the transformations to 8 or 16 bit grey, RGB, with or without alpha.
bool Reader::guardedHeader(png_structp png, png_infop info)
{
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_read_info(png, info);
    const int type = png_get_color_type(png, info);
    if (type == PNG_COLOR_TYPE_PALETTE)
        png_set_palette_to_rgb(png);
    if (type == PNG_COLOR_TYPE_GRAY && png_get_bit_depth(png, info) < 8)
        png_set_expand_gray_1_2_4_to_8(png);
    if (png_get_valid(png, info, PNG_INFO_tRNS) != 0)
        png_set_tRNS_to_alpha(png);
    double gamma = 0;
    const bool profiled = png_get_valid(png, info, PNG_INFO_iCCP | PNG_INFO_sRGB) != 0;
    if (!profiled && png_get_gAMA(png, info, &gamma) != 0 && gamma > 0)
        png_set_gamma(png, PNG_DEFAULT_sRGB, gamma); // no change for the usual 1 / 2.2
    if (png_get_bit_depth(png, info) == 16)
        png_set_swap(png); // native order; the format is big endian
    png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return true;
}

bool Reader::guardedPixels(png_structp png, png_infop info, png_bytepp rows)
{
    if (setjmp(png_jmpbuf(png)) != 0)
        return false;
    png_read_image(png, rows);
    png_read_end(png, info);
    return true;
}

void readMetadata(const Reader& reader, Picture& picture)
{
    png_charp name = nullptr;
    int compression = 0;
    png_bytep profile = nullptr;
    png_uint_32 profileBytes = 0;
    if (png_get_iCCP(reader.png(), reader.info(), &name, &compression, &profile, &profileBytes) != 0)
        picture.icc.assign(profile, profile + profileBytes);
    png_bytep exif = nullptr;
    png_uint_32 exifBytes = 0;
    if (png_get_eXIf_1(reader.png(), reader.info(), &exifBytes, &exif) != 0)
        picture.exif.assign(exif, exif + exifBytes);
}

/// Everything that the guarded writer needs, as plain data.
struct WriteJob {
    png_structp png;
    png_infop info;
    const Picture* picture;
    png_bytepp rows;
    int level;
};

bool guardedWrite(const WriteJob& job)
{
    if (setjmp(png_jmpbuf(job.png)) != 0)
        return false;
    const Image& image = job.picture->image;
    constexpr std::array<int, 4> types = {PNG_COLOR_TYPE_GRAY, PNG_COLOR_TYPE_GRAY_ALPHA, PNG_COLOR_TYPE_RGB,
                                          PNG_COLOR_TYPE_RGB_ALPHA};
    png_set_user_limits(job.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_benign_errors(job.png, 1); // a profile that libpng finds at fault is left out
    png_set_compression_level(job.png, job.level);
    png_set_IHDR(job.png, job.info, static_cast<png_uint_32>(image.width), static_cast<png_uint_32>(image.height), image.bits,
                 types[static_cast<std::size_t>(image.channels - 1)], PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    const std::vector<std::uint8_t>&icc = job.picture->icc, &exif = job.picture->exif;
    if (!icc.empty())
        png_set_iCCP(job.png, job.info, "ICC profile", PNG_COMPRESSION_TYPE_DEFAULT, icc.data(),
                     static_cast<png_uint_32>(icc.size()));
    if (!exif.empty())
        png_set_eXIf_1(job.png, job.info, static_cast<png_uint_32>(exif.size()), const_cast<png_bytep>(exif.data()));
    png_write_info(job.png, job.info);
    if (image.bits == 16)
        png_set_swap(job.png);
    png_write_image(job.png, job.rows);
    png_write_end(job.png, job.info);
    return true;
}

struct Sink {
    std::vector<std::uint8_t> bytes;
    bool full = false;
};

void onWrite(png_structp png, png_bytep data, std::size_t size)
{
    auto* sink = static_cast<Sink*>(png_get_io_ptr(png));
    try {
        sink->bytes.insert(sink->bytes.end(), data, data + size);
        return;
    } catch (const std::exception&) {
        sink->full = true;
    }
    png_error(png, "out of memory");
}

void onFlush(png_structp) {}

} // namespace

PictureHeader readPngHeader(Bytes file)
{
    Reader reader(file);
    reader.readHeader();
    const png_uint_32 width = png_get_image_width(reader.png(), reader.info());
    const png_uint_32 height = png_get_image_height(reader.png(), reader.info());
    return {{static_cast<int>(width), static_cast<int>(height)},
            FileFormat::Png,
            png_get_channels(reader.png(), reader.info()),
            png_get_bit_depth(reader.png(), reader.info())};
}

Picture decodePng(Bytes file, const DecodeLimits& limits)
{
    Reader reader(file);
    reader.readHeader();
    const std::uint64_t width = png_get_image_width(reader.png(), reader.info());
    const std::uint64_t height = png_get_image_height(reader.png(), reader.info());
    if (width * height / 8 > bestDeflateRatio * file.size()) // at least one bit a pixel is stored
        refuseTruncated("the file is too small for its size in pixels");
    ImageBuffer buffer = allocatePixels(width, height, png_get_channels(reader.png(), reader.info()),
                                        png_get_bit_depth(reader.png(), reader.info()), limits);
    std::vector<png_bytep> rows;
    for (int y = 0; y < buffer.height; ++y)
        rows.push_back(buffer.row8(y));
    reader.readPixels(rows.data());

    Picture picture;
    picture.format = FileFormat::Png;
    readMetadata(reader, picture);
    picture.image = std::move(buffer).share();
    return picture;
}

std::vector<std::uint8_t> encodePng(const Picture& picture, int level)
{
    Source problem{};
    Sink sink;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &problem, onError, onWarning);
    png_infop info = png ? png_create_info_struct(png) : nullptr;
    const auto destroy = [&info](png_structp p) { png_destroy_write_struct(&p, &info); };
    const std::unique_ptr<png_struct, decltype(destroy)> owner(png, destroy);
    if (!info)
        throw Exception(ErrorCode::OutOfMemory, "there is not enough memory to write the picture");
    png_set_write_fn(png, &sink, onWrite, onFlush);
    std::vector<png_bytep> rows; // libpng does not write into them
    for (int y = 0; y < picture.image.height; ++y)
        rows.push_back(reinterpret_cast<png_bytep>(const_cast<std::byte*>(picture.image.row(y))));
    if (!guardedWrite({png, info, &picture, rows.data(), std::clamp(level, 0, 9)}))
        throw Exception(Error{sink.full ? ErrorCode::OutOfMemory : ErrorCode::Internal,
                              "the picture cannot be written as PNG",
                              {},
                              {},
                              problem.message});
    if (!picture.icc.empty() && png_get_valid(png, info, PNG_INFO_iCCP) == 0)
        logWarning("the colour profile was left out: libpng does not accept it for this picture");
    return std::move(sink.bytes);
}

} // namespace pentimento::codec
