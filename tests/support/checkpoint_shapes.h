// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "inference/core/json.h"
#include "inference/io/safetensors_reader.h"

#include <filesystem>
#include <fstream>

namespace pentimento::testing {

struct TensorShape {
    std::string name;
    std::vector<std::int64_t> shape;
};

/// Names and shapes of full-size checkpoints, written down as the original code builds its networks.
class CheckpointShapes {
public:
    std::vector<TensorShape> tensors;

    struct UNet {
        std::int64_t in = 4;
        std::vector<std::int64_t> channels = {320, 640, 1280, 1280};
        std::vector<int> depths = {1, 1, 1, 0}; ///< of the transformers of each level; 0: none
        int middle = 1;                         ///< likewise; 0: no middle block
        std::int64_t context = 768;
        bool linear = false;
        std::int64_t added = 0; ///< width of label_emb's input
        int layers = 2;
        std::int64_t guidance = 0; ///< width of cond_proj's input
    };

    void unet(const UNet& u, const std::string& prefix = "model.diffusion_model.")
    {
        const std::int64_t first = u.channels.front(), time = 4 * first;
        linear(prefix + "time_embed.0", first, time);
        linear(prefix + "time_embed.2", time, time);
        if (u.added > 0) {
            linear(prefix + "label_emb.0.0", u.added, time);
            linear(prefix + "label_emb.0.2", time, time);
        }
        if (u.guidance > 0)
            add(prefix + "time_embedding.cond_proj.weight", {first, u.guidance});
        conv(prefix + "input_blocks.0.0", u.in, first, 3);
        std::vector<std::int64_t> skips = {first};
        std::int64_t now = first;
        int block = 0;
        for (std::size_t level = 0; level < u.channels.size(); ++level) {
            for (int layer = 0; layer < u.layers; ++layer) {
                const std::string name = prefix + "input_blocks." + std::to_string(++block);
                resnet(name + ".0", now, u.channels[level], time);
                now = u.channels[level];
                if (u.depths[level] > 0)
                    transformer(name + ".1", now, u.depths[level], u);
                skips.push_back(now);
            }
            if (level + 1 < u.channels.size()) {
                conv(prefix + "input_blocks." + std::to_string(++block) + ".0.op", now, now, 3);
                skips.push_back(now);
            }
        }
        if (u.middle > 0) {
            resnet(prefix + "middle_block.0", now, now, time);
            transformer(prefix + "middle_block.1", now, u.middle, u);
            resnet(prefix + "middle_block.2", now, now, time);
        }
        block = 0;
        for (std::size_t level = u.channels.size(); level-- > 0;) {
            for (int layer = 0; layer <= u.layers; ++layer, ++block) {
                const std::string name = prefix + "output_blocks." + std::to_string(block);
                resnet(name + ".0", now + skips.back(), u.channels[level], time);
                skips.pop_back();
                now = u.channels[level];
                if (u.depths[level] > 0)
                    transformer(name + ".1", now, u.depths[level], u);
                if (layer == u.layers && level > 0)
                    conv(name + (u.depths[level] > 0 ? ".2" : ".1") + ".conv", now, now, 3);
            }
        }
        norm(prefix + "out.0", first);
        conv(prefix + "out.2", first, 4, 3);
    }

    /// A ControlNet of lllyasviel's repository: the way down of a UNet, and convolutions of its own.
    void controlNet(const UNet& u, const std::string& prefix = "control_model.")
    {
        CheckpointShapes whole;
        whole.unet(u, prefix);
        for (const TensorShape& tensor : whole.tensors) {
            if (!tensor.name.starts_with(prefix + "out"))
                tensors.push_back(tensor);
        }
        const std::int64_t steps[] = {3, 16, 16, 32, 32, 96, 96, 256, u.channels.front()};
        for (int i = 0; i < 8; ++i)
            conv(prefix + "input_hint_block." + std::to_string(2 * i), steps[i], steps[i + 1], 3);
        int skips = 0;
        const auto zero = [&](const std::string& name, std::int64_t channels) {
            conv(prefix + name + ".0", channels, channels, 1);
        };
        zero("zero_convs." + std::to_string(skips++), u.channels.front());
        for (std::size_t level = 0; level < u.channels.size(); ++level) {
            for (int i = 0; i < u.layers + (level + 1 < u.channels.size() ? 1 : 0); ++i)
                zero("zero_convs." + std::to_string(skips++), u.channels[level]);
        }
        zero("middle_block_out", u.channels.back());
    }

    void vae(const std::string& prefix = "first_stage_model.")
    {
        const std::int64_t channels[] = {128, 256, 512, 512};
        for (const std::string coder : {"encoder", "decoder"}) {
            const bool encoder = coder == "encoder";
            const std::string p = prefix + coder;
            conv(p + ".conv_in", encoder ? 3 : 4, encoder ? 128 : 512, 3);
            vaeResnet(p + ".mid.block_1", 512, 512);
            norm(p + ".mid.attn_1.norm", 512);
            for (const char* part : {"q", "k", "v", "proj_out"})
                conv(p + ".mid.attn_1." + part, 512, 512, 1);
            vaeResnet(p + ".mid.block_2", 512, 512);
            std::int64_t now = encoder ? 128 : 512;
            for (int i = 0; i < 4; ++i) {
                const int level = encoder ? i : 3 - i;
                const std::string name = p + (encoder ? ".down." : ".up.") + std::to_string(level);
                for (int j = 0; j < (encoder ? 2 : 3); ++j) {
                    vaeResnet(name + ".block." + std::to_string(j), now, channels[level]);
                    now = channels[level];
                }
                if (i < 3)
                    conv(name + (encoder ? ".downsample.conv" : ".upsample.conv"), now, now, 3);
            }
            norm(p + ".norm_out", now);
            conv(p + ".conv_out", now, encoder ? 8 : 3, 3);
        }
        conv(prefix + "quant_conv", 8, 8, 1);
        conv(prefix + "post_quant_conv", 4, 4, 1);
    }

    /// CLIP ViT-L as transformers has it.
    void clip(const std::string& prefix)
    {
        add(prefix + "embeddings.token_embedding.weight", {49408, 768});
        add(prefix + "embeddings.position_embedding.weight", {77, 768});
        add(prefix + "embeddings.position_ids", {1, 77});
        for (int i = 0; i < 12; ++i) {
            const std::string layer = prefix + "encoder.layers." + std::to_string(i);
            for (const char* part : {"q_proj", "k_proj", "v_proj", "out_proj"})
                linear(layer + ".self_attn." + part, 768, 768);
            norm(layer + ".layer_norm1", 768);
            norm(layer + ".layer_norm2", 768);
            linear(layer + ".mlp.fc1", 768, 3072);
            linear(layer + ".mlp.fc2", 3072, 768);
        }
        norm(prefix + "final_layer_norm", 768);
    }

    void openClip(const std::string& prefix, std::int64_t width, int layers)
    {
        add(prefix + "positional_embedding", {77, width});
        add(prefix + "token_embedding.weight", {49408, width});
        for (int i = 0; i < layers; ++i) {
            const std::string layer = prefix + "transformer.resblocks." + std::to_string(i);
            add(layer + ".attn.in_proj_weight", {3 * width, width});
            add(layer + ".attn.in_proj_bias", {3 * width});
            linear(layer + ".attn.out_proj", width, width);
            norm(layer + ".ln_1", width);
            norm(layer + ".ln_2", width);
            linear(layer + ".mlp.c_fc", width, 4 * width);
            linear(layer + ".mlp.c_proj", 4 * width, width);
        }
        norm(prefix + "ln_final", width);
        add(prefix + "text_projection", {width, width});
        add(prefix + "logit_scale", {});
    }

    void add(const std::string& name, std::vector<std::int64_t> shape) { tensors.push_back({name, std::move(shape)}); }

    /// A file of these tensors with nothing but zeros, which take no room on the disk.
    void write(const std::filesystem::path& file, const Json& metadata = {}, const char* dtype = "F16",
               std::uint64_t size = 2) const
    {
        Json header = Json::object();
        if (!metadata.is_null())
            header["__metadata__"] = metadata;
        std::uint64_t end = 0;
        for (const TensorShape& tensor : tensors) {
            std::uint64_t bytes = size;
            for (const std::int64_t side : tensor.shape)
                bytes *= static_cast<std::uint64_t>(side);
            header[tensor.name] = {{"dtype", dtype}, {"shape", tensor.shape}, {"data_offsets", {end, end + bytes}}};
            end += bytes;
        }
        const std::string text = header.dump();
        std::string length(8, '\0');
        for (std::size_t i = 0; i < 8; ++i)
            length[i] = static_cast<char>(text.size() >> (8 * i));
        std::ofstream(file, std::ios::binary) << length << text;
        std::filesystem::resize_file(file, 8 + text.size() + end);
    }

private:
    void norm(const std::string& name, std::int64_t channels)
    {
        add(name + ".weight", {channels});
        add(name + ".bias", {channels});
    }
    void linear(const std::string& name, std::int64_t in, std::int64_t out)
    {
        add(name + ".weight", {out, in});
        add(name + ".bias", {out});
    }
    void conv(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t side)
    {
        add(name + ".weight", {out, in, side, side});
        add(name + ".bias", {out});
    }
    void resnet(const std::string& name, std::int64_t in, std::int64_t out, std::int64_t time)
    {
        norm(name + ".in_layers.0", in);
        conv(name + ".in_layers.2", in, out, 3);
        linear(name + ".emb_layers.1", time, out);
        norm(name + ".out_layers.0", out);
        conv(name + ".out_layers.3", out, out, 3);
        if (in != out)
            conv(name + ".skip_connection", in, out, 1);
    }
    void vaeResnet(const std::string& name, std::int64_t in, std::int64_t out)
    {
        norm(name + ".norm1", in);
        conv(name + ".conv1", in, out, 3);
        norm(name + ".norm2", out);
        conv(name + ".conv2", out, out, 3);
        if (in != out)
            conv(name + ".nin_shortcut", in, out, 1);
    }
    void transformer(const std::string& name, std::int64_t c, int depth, const UNet& u)
    {
        norm(name + ".norm", c);
        for (const char* part : {".proj_in", ".proj_out"}) {
            if (u.linear)
                linear(name + part, c, c);
            else
                conv(name + part, c, c, 1);
        }
        for (int i = 0; i < depth; ++i) {
            const std::string block = name + ".transformer_blocks." + std::to_string(i);
            for (const char* part : {".norm1", ".norm2", ".norm3"})
                norm(block + part, c);
            for (const std::string attention : {".attn1", ".attn2"}) {
                const std::int64_t from = attention == ".attn1" ? c : u.context;
                add(block + attention + ".to_q.weight", {c, c});
                add(block + attention + ".to_k.weight", {c, from});
                add(block + attention + ".to_v.weight", {c, from});
                linear(block + attention + ".to_out.0", c, c);
            }
            linear(block + ".ff.net.0.proj", c, 8 * c);
            linear(block + ".ff.net.2", 4 * c, c);
        }
    }
};

/// "sd15", "sd15-inpaint", "sd2", "sd2-inpaint", "sdxl", "sdxl-inpaint", "refiner".
inline CheckpointShapes publishedCheckpoint(const std::string& name)
{
    CheckpointShapes shapes;
    CheckpointShapes::UNet unet;
    unet.in = name.ends_with("inpaint") ? 9 : 4;
    if (name.starts_with("sd2")) {
        unet.context = 1024;
        unet.linear = true;
        shapes.openClip("cond_stage_model.model.", 1024, 24);
    } else if (name.starts_with("sdxl")) {
        unet = {unet.in, {320, 640, 1280}, {0, 2, 10}, 10, 2048, true, 2816};
        shapes.clip("conditioner.embedders.0.transformer.text_model.");
        shapes.openClip("conditioner.embedders.1.model.", 1280, 32);
    } else if (name == "refiner") {
        unet = {4, {384, 768, 1536, 1536}, {0, 4, 4, 0}, 4, 1280, true, 2560};
        shapes.openClip("conditioner.embedders.0.model.", 1280, 32);
    } else {
        shapes.clip("cond_stage_model.transformer.text_model.");
    }
    shapes.unet(unet);
    shapes.vae();
    return shapes;
}

} // namespace pentimento::testing
