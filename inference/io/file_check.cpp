// SPDX-License-Identifier: Apache-2.0
#include "inference/io/file_check.h"

#include "inference/core/files.h"
#include "inference/core/sha256.h"
#include "inference/core/text.h"
#include "inference/io/non_finite.h"

#include <algorithm>
#include <set>
#include <sstream>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t blockBytes = std::size_t{4} << 20;
constexpr const char* checksumFile = "SHA256SUMS";

bool isDigest(const std::string& text)
{
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

/// Of the file at `path`, where it is one that was listed or is known by its name or metadata.
void findExpected(FileCheck& check, const std::map<std::string, std::string>& listed, const fs::path& folder)
{
    if (const auto it = listed.find(check.file.lexically_relative(folder).generic_string()); it != listed.end()) {
        check.expected = it->second;
        check.expectedBy = checksumFile;
        return;
    }
    std::error_code ec;
    const std::string blob = fs::weakly_canonical(check.file, ec).filename().string();
    if (isDigest(blob)) {
        check.expected = blob;
        check.expectedBy = "the download cache";
    }
}

/// The header of a safetensors file says how long it is; modelspec's hash is of what follows.
std::size_t dataOffset(const platform::MappedFile& file)
{
    std::size_t length = 0;
    for (std::size_t i = 0; i < 8 && i < file.size(); ++i)
        length |= std::to_integer<std::size_t>(file.data()[i]) << (8 * i);
    return std::min(file.size(), 8 + length);
}

std::string metadataDigest(const SafetensorsFile& weights)
{
    const auto it = weights.metadata().find("modelspec.hash_sha256");
    if (it == weights.metadata().end())
        return {};
    const std::string digest = asciiLower(it->second.starts_with("0x") ? it->second.substr(2) : it->second);
    return isDigest(digest) ? digest : std::string();
}

} // namespace

std::vector<const SafetensorsFile*> weightFilesOf(const ModelParts& parts)
{
    std::vector<const SafetensorsFile*> files;
    std::set<fs::path> seen; // all networks of a single file are in one
    const auto add = [&](const NetworkPart& part) {
        if (!part.tensors)
            return;
        for (const auto& file : part.tensors->store->files()) {
            if (seen.insert(file->path()).second)
                files.push_back(file.get());
        }
    };
    add(parts.unet);
    add(parts.vae);
    for (const TextEncoderPart& text : parts.textEncoders)
        add(text.network);
    return files;
}

std::map<std::string, std::string> readChecksums(const fs::path& folder)
{
    std::map<std::string, std::string> digests;
    std::error_code ec;
    if (!fs::exists(folder / checksumFile, ec))
        return digests;
    std::istringstream lines(readTextFile(folder / checksumFile, std::size_t{1} << 20));
    for (std::string line; std::getline(lines, line);) {
        if (!line.empty() && line.back() == '\r')
            line.pop_back();
        // "DIGEST  FILE", or " *" before the file in binary mode
        if (line.size() < 67 || !isDigest(asciiLower(line.substr(0, 64))))
            throw Exception(ErrorCode::BadInput, "a line is no checksum", (folder / checksumFile).string(),
                            "write the file with sha256sum, or remove it");
        digests[line.substr(66)] = asciiLower(line.substr(0, 64));
    }
    return digests;
}

std::vector<FileCheck> checkFiles(const ModelParts& parts, WorkMeter& meter)
{
    const std::map<std::string, std::string> listed = readChecksums(parts.path);
    std::map<fs::path, std::string> files; // with the digest that their metadata tell
    for (const SafetensorsFile* weights : weightFilesOf(parts))
        files[weights->path()] = metadataDigest(*weights);
    for (const auto& [name, digest] : listed)
        files.try_emplace((parts.path / name).lexically_normal());

    std::uint64_t total = 0, done = 0;
    for (const auto& [file, digest] : files) {
        std::error_code ec;
        const std::uintmax_t bytes = fs::file_size(file, ec);
        total += ec ? 0 : bytes;
    }
    std::vector<FileCheck> checks;
    for (const auto& [path, metadata] : files) {
        const platform::MappedFile file(path);
        FileCheck check{path, file.size(), {}, {}, {}};
        findExpected(check, listed, parts.path);
        const std::size_t dataBegin = metadata.empty() ? file.size() : dataOffset(file);
        Sha256 whole, data;
        for (std::size_t at = 0; at < file.size();) {
            const std::size_t bytes = std::min(blockBytes, (at < dataBegin ? dataBegin : file.size()) - at);
            whole.add(file.data() + at, bytes);
            if (at >= dataBegin)
                data.add(file.data() + at, bytes);
            at += bytes;
            done += bytes;
            meter.advance(static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(total, 1)));
        }
        check.sha256 = whole.hex();
        // The metadata's hash is of the data alone; told as the whole file's, so that one comparison serves.
        if (check.expected.empty() && !metadata.empty()) {
            const std::string actual = data.hex();
            check.expected = actual == metadata ? check.sha256 : metadata;
            check.expectedBy = "the file's metadata";
        }
        checks.push_back(std::move(check));
    }
    return checks;
}

std::vector<TensorFault> findNonFinite(const ModelParts& parts, const std::set<const TensorEntry*>& tensors, WorkMeter& meter)
{
    const std::vector<const SafetensorsFile*> files = weightFilesOf(parts);
    double total = 1, done = 0;
    for (const SafetensorsFile* file : files) {
        for (const TensorEntry& entry : file->tensors())
            total += static_cast<double>(entry.bytes);
    }
    std::vector<TensorFault> faults;
    for (const SafetensorsFile* file : files) {
        for (const TensorEntry& entry : file->tensors()) {
            done += static_cast<double>(entry.bytes);
            meter.advance(done / total);
            if (!tensors.contains(&entry))
                continue;
            if (const NonFinite found = countNonFinite(entry); found.any())
                faults.push_back(
                    {file->path().string() + ", tensor " + entry.name,
                     "holds " + std::to_string(found.nan) + " NaN and " + std::to_string(found.infinite) + " infinite values"});
        }
        file->releasePages();
    }
    return faults;
}

} // namespace pentimento
