# SPDX-License-Identifier: Apache-2.0
"""Stable Diffusion's networks on torch's own operators, for comparison with the engine.

Written from the papers and from the names and shapes in checkpoints; make_parity.py first holds it against what
diffusers computed (tests/reference), so that it stands for diffusers where that cannot run. A network is a dictionary
of its config.json and a function `get(name, *shape)` that gives its tensors.
"""
import math

import torch
import torch.nn.functional as F


class Scope:
    """Tensor names below a prefix, as in a checkpoint."""

    def __init__(self, get, prefix=""):
        self.get, self.prefix = get, prefix

    def __truediv__(self, name):
        return Scope(self.get, f"{self.prefix}{name}.")

    def __call__(self, name, *shape):
        return self.get(self.prefix + name, *shape)


def linear(w, x, out, bias=True):
    return F.linear(x, w("weight", out, x.shape[-1]), w("bias", out) if bias else None)


def conv(w, x, out, kernel=3, stride=1, padding=None):
    padding = kernel // 2 if padding is None else padding
    return F.conv2d(x, w("weight", out, x.shape[1], kernel, kernel), w("bias", out), stride, padding)


def group_norm(w, x, groups, eps):
    return F.group_norm(x, groups, w("weight", x.shape[1]), w("bias", x.shape[1]), eps)


def layer_norm(w, x):
    return F.layer_norm(x, x.shape[-1:], w("weight", x.shape[-1]), w("bias", x.shape[-1]), 1e-5)


def attention(w, x, context, heads, bias=False):
    n, width = x.shape[0], x.shape[-1]

    def split(name, source):
        return linear(w / name, source, width, bias).view(n, -1, heads, width // heads).transpose(1, 2)

    q, k, v = split("to_q", x), split("to_k", context), split("to_v", context)
    weights = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // heads), -1)
    return linear(w / "to_out" / 0, (weights @ v).transpose(1, 2).reshape(n, -1, width), width)


def resnet(w, x, out, groups, eps, time=None):
    h = conv(w / "conv1", F.silu(group_norm(w / "norm1", x, groups, eps)), out)
    if time is not None:
        h = h + linear(w / "time_emb_proj", F.silu(time), out)[:, :, None, None]
    h = conv(w / "conv2", F.silu(group_norm(w / "norm2", h, groups, eps)), out)
    return h + (x if x.shape[1] == out else conv(w / "conv_shortcut", x, out, kernel=1))


def transformer(w, x, context, heads, depth, groups, linear_projection):
    n, c, height, width = x.shape
    h = group_norm(w / "norm", x, groups, 1e-6)
    if not linear_projection:
        h = conv(w / "proj_in", h, c, kernel=1)
    h = h.flatten(2).transpose(1, 2)
    if linear_projection:
        h = linear(w / "proj_in", h, c)
    for i in range(depth):
        b = w / "transformer_blocks" / i
        normed = layer_norm(b / "norm1", h)
        h = h + attention(b / "attn1", normed, normed, heads)
        h = h + attention(b / "attn2", layer_norm(b / "norm2", h), context, heads)
        value, gate = linear(b / "ff" / "net" / 0 / "proj", layer_norm(b / "norm3", h), 8 * c).chunk(2, -1)
        h = h + linear(b / "ff" / "net" / 2, value * F.gelu(gate), c)
    if linear_projection:
        h = linear(w / "proj_out", h, c)
    h = h.transpose(1, 2).reshape(n, c, height, width)
    return x + (h if linear_projection else conv(w / "proj_out", h, c, kernel=1))


def sinusoids(values, width):
    frequencies = torch.exp(-math.log(10000) * torch.arange(width // 2, device=values.device, dtype=values.dtype) / (width // 2))
    angles = values[:, None] * frequencies
    return torch.cat([angles.cos(), angles.sin()], -1)


def guidance_embedding(scale, width, like):
    """Luo et al. 2023, "Latent Consistency Models"."""
    half = width // 2
    angles = (scale - 1) * 1000 * torch.exp(-math.log(10000) / (half - 1) * torch.arange(half, device=like.device, dtype=like.dtype))
    return torch.cat([angles.sin(), angles.cos()])[None]


def per_block(config, key, default=None):
    value = config.get(key)
    value = default if value is None else value
    return list(value) if isinstance(value, (list, tuple)) else [value] * len(config["down_block_types"])


class UNetEncoder:
    """The half of a UNet that leads down to its middle, which a ControlNet has a copy of."""

    def __init__(self, config, get):
        self.config, self.w = config, Scope(get)
        self.channels = config["block_out_channels"]
        self.heads = per_block(config, "num_attention_heads") if config.get("num_attention_heads") else per_block(config, "attention_head_dim", 8)
        self.layers = per_block(config, "layers_per_block", 2)
        self.depths = per_block(config, "transformer_layers_per_block", 1)
        self.groups, self.eps = config.get("norm_num_groups", 32), config.get("norm_eps", 1e-5)
        self.linear_projection = config.get("use_linear_projection", False)

    def time(self, timestep, x, conditions):
        width = 4 * self.channels[0]
        t = sinusoids(torch.full((x.shape[0],), float(timestep), device=x.device, dtype=x.dtype), self.channels[0])
        if self.config.get("time_cond_proj_dim"):
            embedding = guidance_embedding(conditions["guidance"], self.config["time_cond_proj_dim"], x)
            t = t + linear(self.w / "time_embedding" / "cond_proj", embedding, self.channels[0], bias=False)
        w = self.w / "time_embedding"
        t = linear(w / "linear_2", F.silu(linear(w / "linear_1", t, width)), width)
        if self.config.get("addition_embed_type") == "text_time":
            ids = conditions["time_ids"]
            embedded = sinusoids(ids.flatten(), self.config["addition_time_embed_dim"]).reshape(ids.shape[0], -1)
            w, added = self.w / "add_embedding", torch.cat([conditions["text_embeds"], embedded], -1)
            t = t + linear(w / "linear_2", F.silu(linear(w / "linear_1", added, width)), width)
        return t

    def attend(self, w, x, level, depth, conditions):
        return transformer(w, x, conditions["context"], self.heads[level], depth, self.groups, self.linear_projection)

    def down(self, x, time, conditions, hint=None):
        x = conv(self.w / "conv_in", x, self.channels[0])
        x = x if hint is None else x + hint
        skips = [x]
        for i, kind in enumerate(self.config["down_block_types"]):
            w = self.w / "down_blocks" / i
            for j in range(self.layers[i]):
                x = resnet(w / "resnets" / j, x, self.channels[i], self.groups, self.eps, time)
                if kind.startswith("CrossAttn"):
                    x = self.attend(w / "attentions" / j, x, i, self.depths[i], conditions)
                skips.append(x)
            if i + 1 < len(self.channels):
                x = conv(w / "downsamplers" / 0 / "conv", x, self.channels[i], stride=2)
                skips.append(x)
        if self.config.get("mid_block_type", "UNetMidBlock2DCrossAttn"):
            w = self.w / "mid_block"
            x = resnet(w / "resnets" / 0, x, self.channels[-1], self.groups, self.eps, time)
            x = self.attend(w / "attentions" / 0, x, -1, self.depths[-1], conditions)
            x = resnet(w / "resnets" / 1, x, self.channels[-1], self.groups, self.eps, time)
        return x, skips


class UNet(UNetEncoder):
    def __call__(self, x, timestep, conditions, control=None):
        time = self.time(timestep, x, conditions)
        x, skips = self.down(x, time, conditions)
        if control:
            x, skips = x + control[1], [skip + extra for skip, extra in zip(skips, control[0])]
        last = len(self.channels) - 1
        for i, kind in enumerate(self.config["up_block_types"]):
            w, level = self.w / "up_blocks" / i, last - i
            for j in range(self.layers[level] + 1):
                x = resnet(w / "resnets" / j, torch.cat([x, skips.pop()], 1), self.channels[level], self.groups, self.eps, time)
                if kind.startswith("CrossAttn"):
                    x = self.attend(w / "attentions" / j, x, level, self.depths[level], conditions)
            if i < last:
                size = skips[-1].shape[-2:]
                x = conv(w / "upsamplers" / 0 / "conv", F.interpolate(x, size=size, mode="nearest"), self.channels[level])
        x = F.silu(group_norm(self.w / "conv_norm_out", x, self.groups, self.eps))
        return conv(self.w / "conv_out", x, self.config.get("out_channels", 4))


class ControlNet(UNetEncoder):
    """Zhang et al. 2023, "Adding Conditional Control to Text-to-Image Diffusion Models"."""

    def __call__(self, x, timestep, conditions, picture, scale):
        steps = self.config.get("conditioning_embedding_out_channels") or (16, 32, 96, 256)
        w = self.w / "controlnet_cond_embedding"
        hint = F.silu(conv(w / "conv_in", picture, steps[0]))
        for i, (here, after) in enumerate(zip(steps, steps[1:])):
            hint = F.silu(conv(w / "blocks" / (2 * i), hint, here))
            hint = F.silu(conv(w / "blocks" / (2 * i + 1), hint, after, stride=2))
        hint = conv(w / "conv_out", hint, self.channels[0])
        middle, skips = self.down(x, self.time(timestep, x, conditions), conditions, hint)
        skips = [scale * conv(self.w / "controlnet_down_blocks" / i, skip, skip.shape[1], kernel=1) for i, skip in enumerate(skips)]
        return skips, scale * conv(self.w / "controlnet_mid_block", middle, middle.shape[1], kernel=1)


class AutoencoderKL:
    def __init__(self, config, get):
        self.config, self.w = config, Scope(get)
        self.channels, self.layers = config["block_out_channels"], config.get("layers_per_block", 1)
        self.groups = config.get("norm_num_groups", 32)

    def resnets(self, w, x, out, count):
        for i in range(count):
            x = resnet(w / "resnets" / i, x, out, self.groups, 1e-6)
        return x

    def middle(self, w, x):
        c = x.shape[1]
        x = resnet(w / "resnets" / 0, x, c, self.groups, 1e-6)
        a = w / "attentions" / 0
        h = group_norm(a / "group_norm", x, self.groups, 1e-6).flatten(2).transpose(1, 2)
        x = x + attention(a, h, h, 1, bias=True).transpose(1, 2).reshape(x.shape)
        return resnet(w / "resnets" / 1, x, c, self.groups, 1e-6)

    def encode(self, picture):
        w, latent = self.w / "encoder", self.config.get("latent_channels", 4)
        x = conv(w / "conv_in", picture, self.channels[0])
        for i, channels in enumerate(self.channels):
            x = self.resnets(w / "down_blocks" / i, x, channels, self.layers)
            if i + 1 < len(self.channels):
                x = conv(w / "down_blocks" / i / "downsamplers" / 0 / "conv", F.pad(x, (0, 1, 0, 1)), channels, stride=2, padding=0)
        x = F.silu(group_norm(w / "conv_norm_out", self.middle(w / "mid_block", x), self.groups, 1e-6))
        x = conv(self.w / "quant_conv", conv(w / "conv_out", x, 2 * latent), 2 * latent, kernel=1)
        mean, logvar = x.chunk(2, 1)
        return mean, logvar.clamp(-30, 20)

    def decode(self, latents):
        w = self.w / "decoder"
        x = conv(w / "conv_in", conv(self.w / "post_quant_conv", latents, latents.shape[1], kernel=1), self.channels[-1])
        x = self.middle(w / "mid_block", x)
        for i, channels in enumerate(reversed(self.channels)):
            x = self.resnets(w / "up_blocks" / i, x, channels, self.layers + 1)
            if i + 1 < len(self.channels):
                x = conv(w / "up_blocks" / i / "upsamplers" / 0 / "conv", F.interpolate(x, scale_factor=2.0), channels)
        return conv(w / "conv_out", F.silu(group_norm(w / "conv_norm_out", x, self.groups, 1e-6)), 3)


class CLIPText:
    """Radford et al. 2021, "Learning Transferable Visual Models From Natural Language Supervision"."""

    def __init__(self, config, get):
        self.config, self.w = config, Scope(get)

    def __call__(self, ids):
        c, w = self.config, self.w
        width, heads, length = c["hidden_size"], c["num_attention_heads"], ids.shape[1]
        x = F.embedding(ids, (w / "embeddings" / "token_embedding")("weight", c["vocab_size"], width))
        x = x + (w / "embeddings" / "position_embedding")("weight", c.get("max_position_embeddings", 77), width)[:length]
        causal = torch.full((length, length), -math.inf, device=x.device, dtype=x.dtype).triu(1)
        states = [x]
        for i in range(c["num_hidden_layers"]):
            layer = w / "encoder" / "layers" / i
            normed = layer_norm(layer / "layer_norm1", x)
            q, k, v = (linear(layer / "self_attn" / name, normed, width).view(len(ids), length, heads, -1).transpose(1, 2)
                       for name in ("q_proj", "k_proj", "v_proj"))
            mixed = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(width // heads) + causal, -1) @ v
            x = x + linear(layer / "self_attn" / "out_proj", mixed.transpose(1, 2).reshape(x.shape), width)
            h = linear(layer / "mlp" / "fc1", layer_norm(layer / "layer_norm2", x), c["intermediate_size"])
            h = F.gelu(h) if c["hidden_act"] == "gelu" else h * torch.sigmoid(1.702 * h)
            x = x + linear(layer / "mlp" / "fc2", h, width)
            states.append(x)
        return layer_norm(w / "final_layer_norm", x), states

    def projected(self, ids, last_hidden_state):
        end = (ids == self.config["eos_token_id"]).int().argmax(-1)
        pooled = last_hidden_state[torch.arange(len(ids)), end]
        return linear(self.w / "text_projection", pooled, self.config["projection_dim"], bias=False)
