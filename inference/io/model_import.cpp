// SPDX-License-Identifier: Apache-2.0
// A single file becomes a diffusers folder.
#include "inference/api/model_store.h"
#include "inference/api/settings.h"
#include "inference/core/files.h"
#include "inference/core/platform.h"
#include "inference/core/work_meter.h"
#include "inference/io/file_check.h"
#include "inference/io/number_formats.h"
#include "inference/io/safetensors_writer.h"
#include "inference/io/single_file.h"

#include <algorithm>
#include <cstring>

namespace pentimento {
namespace fs = std::filesystem;
namespace {

/// Rows of the file become columns.
std::vector<std::byte> transposedBytes(const StoredTensor& tensor)
{
    const std::vector<std::int64_t> shape = tensor.storedShape();
    const std::size_t rows = static_cast<std::size_t>(shape[0]), columns = static_cast<std::size_t>(shape[1]);
    const std::size_t size = dtypeSize(tensor.entry->dtype);
    std::vector<std::byte> bytes(rows * columns * size);
    for (std::size_t row = 0; row < rows; ++row) {
        for (std::size_t column = 0; column < columns; ++column)
            std::memcpy(&bytes[(column * rows + row) * size], tensor.data() + (row * columns + column) * size, size);
    }
    return bytes;
}

/// Scaled fp8 is a form of single files alone; a folder gets the values themselves.
std::vector<std::byte> scaledBytes(const StoredTensor& tensor, const std::string& where)
{
    const float scale = floatValues(*tensor.scale, where).front();
    std::vector<float> values = floatValues(*tensor.entry, where);
    const std::size_t first = static_cast<std::size_t>(tensor.data() - tensor.entry->data) / dtypeSize(tensor.entry->dtype);
    const float* begin = values.data() + first;
    std::vector<std::byte> bytes(tensor.elements() * sizeof(float));
    std::transform(begin, begin + tensor.elements(), values.begin(), [scale](float value) { return value * scale; });
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

std::vector<std::int64_t> folderShape(const std::string& name, const StoredTensor& tensor)
{
    std::vector<std::int64_t> shape = tensor.storedShape();
    if (tensor.transposed)
        std::reverse(shape.begin(), shape.end());
    // The original's VAE attends by convolutions of 1 x 1, diffusers' by linear layers.
    if (shape.size() == 4 && shape[2] == 1 && shape[3] == 1 && name.find("attentions.") != std::string::npos &&
        name.find(".to_") != std::string::npos)
        shape.resize(2);
    return shape;
}

class FolderWriter {
public:
    FolderWriter(const ModelParts& parts, fs::path folder, WorkMeter& meter)
        : m_parts(parts), m_folder(std::move(folder)), m_meter(meter)
    {
        for (const SafetensorsFile* file : weightFilesOf(parts)) {
            for (const TensorEntry& entry : file->tensors())
                m_total += static_cast<double>(entry.bytes);
        }
    }

    void write()
    {
        m_meter.stage("writing the folder", 0, 0.8);
        writeNetwork(m_parts.unet, "unet", "diffusion_pytorch_model");
        writeNetwork(m_parts.vae, "vae", "diffusion_pytorch_model");
        writeJson(m_parts.scheduler.json, "scheduler/scheduler_config.json");
        for (std::size_t i = 0; i < m_parts.textEncoders.size(); ++i)
            writeTextEncoder(m_parts.textEncoders[i], textEncoderSuffix(i));
        writeJson(modelIndex(), "model_index.json");
        if (!m_parts.license.empty())
            writeJson({{"license", m_parts.license}}, "pentimento.json");
        writeChecksums();
    }

private:
    /// XL's refiner has the second text encoder only.
    std::string textEncoderSuffix(std::size_t index) const
    {
        const bool second = m_parts.textEncoders[index].network.config.json.contains("projection_dim");
        return second ? "_2" : "";
    }

    void writeText(const std::string& text, const fs::path& name)
    {
        fs::create_directories((m_folder / name).parent_path());
        AtomicFile file(m_folder / name);
        file.write(text.data(), text.size());
        file.commit();
    }

    void writeJson(const Json& json, const fs::path& name) { writeText(json.dump(2) + "\n", name); }

    void writeNetwork(const NetworkPart& part, const std::string& folder, const std::string& stem)
    {
        writeJson(part.config.json, folder + "/config.json");
        std::vector<StreamedTensor> tensors;
        for (const auto& [name, tensor] : part.tensors->tensors) {
            StreamedTensor streamed{name, tensor.scale ? Dtype::F32 : tensor.entry->dtype, folderShape(name, tensor), {}};
            streamed.write = [this, &tensor, where = part.tensors->where(name)](const ByteSink& sink) {
                writeTensor(tensor, where, sink);
            };
            tensors.push_back(std::move(streamed));
        }
        writeSafetensors(m_folder / folder / (stem + ".safetensors"), tensors, {{"format", "pt"}});
    }

    void writeTensor(const StoredTensor& tensor, const std::string& where, const ByteSink& sink)
    {
        const std::size_t bytes = tensor.elements() * dtypeSize(tensor.entry->dtype);
        if (tensor.scale && tensor.transposed)
            throw Exception(ErrorCode::Unsupported, "a scaled matrix that lies on its side is not converted", where,
                            "use the file as it is");
        if (tensor.scale || tensor.transposed) {
            const std::vector<std::byte> made = tensor.scale ? scaledBytes(tensor, where) : transposedBytes(tensor);
            sink(made.data(), made.size());
        } else {
            sink(tensor.data(), bytes);
        }
        m_done += static_cast<double>(bytes);
        m_meter.advance(m_done / m_total);
    }

    void writeTextEncoder(const TextEncoderPart& part, const std::string& suffix)
    {
        writeNetwork(part.network, "text_encoder" + suffix, "model");
        const fs::path tokenizer = "tokenizer" + suffix;
        for (const char* name : {"vocab.json", "merges.txt"})
            writeText(readTextFile(part.tokenizer / name, std::size_t{16} << 20), tokenizer / name);
        const Json special = {{"bos_token", "<|startoftext|>"},
                              {"eos_token", "<|endoftext|>"},
                              {"unk_token", "<|endoftext|>"},
                              {"pad_token", part.paddingToken}};
        writeJson(special, tokenizer / "special_tokens_map.json");
        Json config = special;
        config["tokenizer_class"] = "CLIPTokenizer";
        config["do_lower_case"] = true;
        config["model_max_length"] = part.network.config.json.at("max_position_embeddings");
        writeJson(config, tokenizer / "tokenizer_config.json");
    }

    Json modelIndex() const
    {
        Json index = m_parts.index.json;
        const bool xl = m_parts.unet.config.json.contains("addition_embed_type");
        const bool inpainting = m_parts.unet.config.json.at("in_channels") == 9;
        index["_class_name"] = std::string("StableDiffusion") + (xl ? "XL" : "") + (inpainting ? "InpaintPipeline" : "Pipeline");
        index["unet"] = {"diffusers", "UNet2DConditionModel"};
        index["vae"] = {"diffusers", "AutoencoderKL"};
        index["scheduler"] = {"diffusers", m_parts.scheduler.json.at("_class_name")};
        for (std::size_t i = 0; i < m_parts.textEncoders.size(); ++i) {
            const Json& config = m_parts.textEncoders[i].network.config.json;
            index["text_encoder" + textEncoderSuffix(i)] = {"transformers", config.at("architectures").front()};
            index["tokenizer" + textEncoderSuffix(i)] = {"transformers", "CLIPTokenizer"};
        }
        if (!xl) {
            index["safety_checker"] = index["feature_extractor"] = {nullptr, nullptr};
            index["requires_safety_checker"] = false;
        }
        return index;
    }

    void writeChecksums()
    {
        m_meter.stage("computing checksums", 0.8, 1);
        ModelParts written = openModel(m_folder);
        std::string lines;
        for (const FileCheck& file : checkFiles(written, m_meter))
            lines += file.sha256 + "  " + file.file.lexically_relative(m_folder).generic_string() + "\n";
        writeText(lines, "SHA256SUMS");
    }

    const ModelParts& m_parts;
    fs::path m_folder;
    WorkMeter& m_meter;
    double m_total = 1, m_done = 0;
};

/// Gone again unless it was kept.
class TemporaryFolder {
public:
    explicit TemporaryFolder(fs::path path) : m_path(std::move(path)) { fs::create_directories(m_path); }
    ~TemporaryFolder()
    {
        std::error_code ec;
        fs::remove_all(m_path, ec);
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    const fs::path& path() const { return m_path; }
    void keepAs(const fs::path& target) { fs::rename(m_path, target); }

private:
    fs::path m_path;
};

fs::path importTarget(const fs::path& file, const std::string& name)
{
    const std::string chosen = name.empty() ? file.stem().string() : name;
    if (chosen.empty() || chosen.front() == '.' || chosen.find_first_of("/\\:") != std::string::npos)
        throw Exception(ErrorCode::Usage, "\"" + chosen + "\" is no name for a folder", "name", "give one without / \\ : in it");
    fs::path target = ownModelFolder() / chosen;
    if (fs::exists(target))
        throw Exception(ErrorCode::Usage, "there is a model of this name already", target.string(),
                        "give another name, or remove that one");
    return target;
}

void checkSpace(const ModelParts& parts, const fs::path& folder)
{
    std::uintmax_t bytes = 0;
    for (const SafetensorsFile* file : weightFilesOf(parts))
        bytes += fs::file_size(file->path());
    std::error_code ec;
    const fs::space_info space = fs::space(folder, ec);
    if (!ec && space.available < bytes)
        throw Exception(ErrorCode::Output,
                        "the disk has " + std::to_string(space.available >> 20) + " MB left where " +
                            std::to_string(bytes >> 20) + " are needed",
                        folder.string(), "free some space");
}

fs::path importSingleFile(const fs::path& file, const std::string& name, WorkMeter& meter)
{
    if (fs::is_directory(file))
        throw Exception(ErrorCode::Usage, "this is a folder already, which needs no conversion", file.string(),
                        "move it into " + ownModelFolder().string());
    const ModelParts parts = openModel(file);
    modelInfo(parts); // refuses what cannot be run
    if (!parts.missing.empty())
        throw Exception(vocabularyMissing(file));
    const fs::path target = importTarget(file, name);
    fs::create_directories(ownModelFolder());
    checkSpace(parts, ownModelFolder());
    TemporaryFolder folder(ownModelFolder() / ("." + target.filename().string() + "." + std::to_string(platform::processId())));
    FolderWriter(parts, folder.path(), meter).write();
    folder.keepAs(target);
    return target;
}

} // namespace

fs::path ownModelFolder()
{
    return dataFolder() / "models";
}

std::variant<fs::path, Error, Cancelled> importModel(const fs::path& file, const std::string& name, const WorkReport& report,
                                                     const CancelToken& cancel) noexcept
{
    try {
        WorkMeter meter(report, cancel);
        return importSingleFile(file, name, meter);
    } catch (const CancelledException&) {
        return Cancelled{};
    } catch (const Exception& e) {
        return e.error();
    } catch (const fs::filesystem_error& e) {
        return Error{ErrorCode::Output, "the folder cannot be written", e.path1().string(), "check the disk and its permissions",
                     e.code().message()};
    } catch (const std::exception& e) {
        return Error{ErrorCode::BadInput, "the model cannot be converted", file.string(), "get a fresh copy of the file",
                     e.what()};
    }
}

Expected<fs::path> removableModel(const std::string& name)
{
    Expected<fs::path> found = resolveModel(name);
    if (const fs::path* path = std::get_if<fs::path>(&found)) {
        std::error_code ec;
        if (name.empty() || fs::weakly_canonical(path->parent_path(), ec) != fs::weakly_canonical(ownModelFolder(), ec))
            return Error{ErrorCode::Usage,
                         "only models in " + ownModelFolder().string() + " are removed",
                         path->string(),
                         "delete this one yourself",
                         {}};
    }
    return found;
}

std::optional<Error> removeModel(const fs::path& model) noexcept
{
    try {
        fs::remove_all(model);
        return std::nullopt;
    } catch (const std::exception& e) {
        return Error{ErrorCode::Output, "the model cannot be removed", model.string(), "check its permissions", e.what()};
    }
}

} // namespace pentimento
