# SPDX-License-Identifier: Apache-2.0
"""Writes what torch computes with networks of full size, and with the tiny models at other sizes and seeds.

    python3 tests/parity/make_parity.py OUT [--tiny]     (torch >= 2.6, transformers, safetensors; a GPU of 40 GB or more)

1. torch_networks.py is held against what diffusers computed (tests/reference): stages and whole pipelines.
2. OUT/full_size.safetensors: the networks of full_size.json, float32 on the GPU without TF32; text encoders by transformers.
   Their weights and inputs are random by a rule (`uniform`), so that only results are written, at most 1024 numbers of each.
3. OUT/other_runs.safetensors: runs of the tiny models, as other_runs.json lists them; with --tiny these alone.
"""
import json
import pathlib
import sys

import torch
import torch.nn.functional as F
import transformers
from safetensors.torch import load_file, save_file

from torch_networks import AutoencoderKL, CLIPText, ControlNet, UNet

HERE = pathlib.Path(__file__).parent
REFERENCE = HERE.parent / "reference"
CUDA = torch.device("cuda")
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
torch.set_grad_enabled(False)


def uniform(name, *shape):
    """Uniform numbers of mean 0 and variance 1, seeded with the name's FNV-1a hash."""
    seed = 2166136261
    for byte in name.encode():
        seed = (seed ^ byte) * 16777619 % 2**32
    return (torch.rand(shape, generator=torch.Generator().manual_seed(seed)) * 2 - 1) * 3**0.5


def random_weight(name, *shape):
    if len(shape) > 1:
        return uniform(name, *shape) / torch.Size(shape[1:]).numel() ** 0.5
    return uniform(name, *shape) * 0.05 if name.endswith("bias") else 1 + uniform(name, *shape) * 0.1


def random_weights(model, dtype=torch.float32, device=CUDA):
    cache = {}

    def get(name, *shape):
        if name not in cache:
            cache[name] = random_weight(f"{model}/{name}", *shape).to(device, dtype)
        return cache[name]

    return get


def stored_weights(model, part, file="diffusion_pytorch_model.safetensors"):
    own = REFERENCE / model / part / file
    shared = REFERENCE / ("sdxl-inpaint" if part == "text_encoder_2" else "sd15-inpaint") / part / file
    tensors = {name.removeprefix("text_model."): tensor for name, tensor in load_file(own if own.exists() else shared).items()}
    return lambda name, *shape: tensors[name].view(shape)


def config(model, part):
    return json.loads((REFERENCE / model / part / "config.json").read_text())


# --- whole runs, as diffusers' pipelines do them --------------------------------------------------------------------


class DDIM:
    """Song et al. 2020, "Denoising Diffusion Implicit Models"; leading timesteps, first alpha as the last."""

    def __init__(self, config, steps):
        self.alphas = alphas_cumprod(config)
        self.ratio = 1000 // steps
        self.timesteps = [i * self.ratio + config["steps_offset"] for i in reversed(range(steps))]
        self.initial_sigma, self.v = 1.0, config["prediction_type"] == "v_prediction"

    def scaled(self, x, i):
        return x

    def noised(self, clean, noise, i):
        a = self.alphas[self.timesteps[i]]
        return a.sqrt() * clean + (1 - a).sqrt() * noise

    def step(self, output, x, i, draw):
        previous = self.timesteps[i] - self.ratio
        a, b = self.alphas[self.timesteps[i]], self.alphas[max(previous, 0)]
        clean = a.sqrt() * x - (1 - a).sqrt() * output if self.v else (x - (1 - a).sqrt() * output) / a.sqrt()
        noise = a.sqrt() * output + (1 - a).sqrt() * x if self.v else output
        return b.sqrt() * clean + (1 - b).sqrt() * noise


class Euler:
    """Karras et al. 2022, algorithm 1 without churn; leading timesteps."""

    def __init__(self, config, steps):
        a = alphas_cumprod(config)
        self.timesteps = [i * (1000 // steps) + config["steps_offset"] for i in reversed(range(steps))]
        self.sigmas = torch.cat([((1 - a) / a).sqrt()[self.timesteps], torch.zeros(1)])
        self.initial_sigma = (self.sigmas.max() ** 2 + 1).sqrt()

    def scaled(self, x, i):
        return x / (self.sigmas[i] ** 2 + 1).sqrt()

    def noised(self, clean, noise, i):
        return clean + self.sigmas[i] * noise

    def step(self, output, x, i, draw):
        return x + output * (self.sigmas[i + 1] - self.sigmas[i])


class LCM:
    """Luo et al. 2023, "Latent Consistency Models": 50 steps of the teacher."""

    def __init__(self, config, steps):
        self.alphas = alphas_cumprod(config)
        teacher = [(i + 1) * 20 - 1 for i in range(50)][::-1]
        self.timesteps = [teacher[i * 50 // steps] for i in range(steps)]
        self.initial_sigma = 1.0

    def scaled(self, x, i):
        return x

    def step(self, output, x, i, draw):
        t, a = self.timesteps[i], self.alphas[self.timesteps[i]]
        skip, out = 0.25 / ((10 * t) ** 2 + 0.25), 10 * t / ((10 * t) ** 2 + 0.25) ** 0.5
        clean = skip * x + out * (x - (1 - a).sqrt() * output) / a.sqrt()
        if i + 1 == len(self.timesteps):
            return clean
        b = self.alphas[self.timesteps[i + 1]]
        return b.sqrt() * clean + (1 - b).sqrt() * draw()


def alphas_cumprod(config):
    betas = torch.linspace(config["beta_start"] ** 0.5, config["beta_end"] ** 0.5, 1000, dtype=torch.float32) ** 2
    return torch.cumprod(1 - betas, 0)


class TinyModel:
    """A model of tests/reference. `variant`: with a random UNet instead, that takes what an XL refiner's or an LCM's does."""

    def __init__(self, name, variant=None):
        self.xl, self.variant = name.startswith("sdxl"), variant
        changed = {"refiner": {"cross_attention_dim": 32, "projection_class_embeddings_input_dim": 72},
                   "lcm": {"time_cond_proj_dim": 16}}.get(variant, {})
        self.unet = UNet(config(name, "unet") | changed,
                         random_weights(f"{name}-{variant}", device="cpu") if variant else stored_weights(name, "unet"))
        vae = config(name, "vae")
        self.vae, self.scaling = AutoencoderKL(vae, stored_weights(name, "vae")), vae["scaling_factor"]
        self.text = [CLIPText(config(name, part), stored_weights(name, part, "model.safetensors"))
                     for part in ("text_encoder", "text_encoder_2")[: 1 + self.xl]]
        self.text = self.text[1:] if variant == "refiner" else self.text
        self.tokenizer = transformers.CLIPTokenizer.from_pretrained(REFERENCE / "sd15-inpaint" / "tokenizer")
        self.scheduler = json.loads((REFERENCE / name / "scheduler" / "scheduler_config.json").read_text())

    def encode_prompts(self, prompts):
        ids = torch.tensor([self.tokenizer(p, padding="max_length", max_length=77, truncation=True).input_ids for p in prompts])
        if not self.xl:
            return {"context": self.text[0](ids)[0]}
        outputs = [encoder(ids) for encoder in self.text]
        return {"context": torch.cat([states[-2] for _, states in outputs], -1),
                "text_embeds": self.text[-1].projected(ids, outputs[-1][0])}

    def time_ids(self, height, width, rows):
        ends = [[2.5], [6.0]] if self.variant == "refiner" else [[height, width]] * 2
        return torch.tensor([[height, width, 0, 0, *end] for end in ends[2 - rows :]], dtype=torch.float32)

    def scheduled(self, steps):
        return (LCM if self.variant == "lcm" else Euler if self.xl else DDIM)(self.scheduler, steps)


def pipeline(model, prompts, picture, mask, size, seed, steps, guidance, strength, control=None):
    """prompts: negative, positive. Random numbers are drawn in the order of diffusers' pipelines. Returns every step's latents
    and the picture in 0..1."""
    height, width = size
    generator = torch.Generator().manual_seed(seed)
    guided = guidance > 1 and model.variant != "lcm"
    conditions = model.encode_prompts(prompts if guided else prompts[1:]) | {"guidance": guidance}
    rows = len(conditions["context"])
    if model.xl:
        conditions["time_ids"] = model.time_ids(height, width, rows)
    scheduler = model.scheduled(steps)
    first = steps - min(int(steps * strength), steps)
    channels = model.unet.config["in_channels"]

    def draw():
        return torch.randn(1, 4, height // 8, width // 8, generator=generator)

    def encode(image):
        mean, logvar = model.vae.encode(image)
        return (mean + torch.exp(0.5 * logvar) * draw()) * model.scaling

    clean = encode(picture) if picture is not None and (mask is None or channels == 4 or strength < 1) else None
    noise = draw()
    fresh = picture is None or (mask is not None and strength == 1)
    x = noise * scheduler.initial_sigma if fresh else scheduler.noised(clean, noise, first)
    if mask is not None:
        cells = F.interpolate(mask, size=(height // 8, width // 8))
        masked = encode(picture * (mask < 0.5)) if channels == 9 else None
    trace = []
    for i in range(first, steps):
        rowed, t = scheduler.scaled(torch.cat([x] * rows), i), scheduler.timesteps[i]
        residuals = control["network"](rowed, t, conditions, control["picture"], control["scale"]) if control else None
        if mask is not None and channels == 9:
            rowed = torch.cat([rowed, torch.cat([cells] * rows), torch.cat([masked] * rows)], 1)
        output = model.unet(rowed, t, conditions, residuals)
        if guided:
            output = output[:1] + guidance * (output[1:] - output[:1])
        x = scheduler.step(output, x, i, draw)
        if mask is not None and channels == 4:
            known = scheduler.noised(clean, noise, i + 1) if i + 1 < steps else clean
            x = (1 - cells) * known + cells * x
        trace.append(x)
    return torch.cat(trace), (model.vae.decode(x / model.scaling) / 2 + 0.5).clamp(0, 1)


# --- 1. against diffusers -------------------------------------------------------------------------------------------


def error(a, b):
    return ((a.double() - b.double()).norm() / b.double().norm()).item()


def check(what, a, b, allowed):
    e = error(a.cpu(), b)
    print(f"{what:44} {e:.1e}", flush=True)
    if not e <= allowed:
        sys.exit(f"{what}: {e} is more than {allowed}")


def check_against_diffusers():
    prompts = ["blurry, low quality", "a photo of a dog on a couch"]
    for family in ("sd15", "sd2", "sdxl"):
        golden = load_file(REFERENCE / f"{family}.safetensors")
        picture = golden["input.image"][None].float() / 127.5 - 1
        mask = (golden["input.mask"][None] > 127).float()
        for kind in ("inpaint", "base"):
            model, key = TinyModel(f"{family}-{kind}"), f"unet.{kind}."
            conditions = {name: golden[key + name] for name in ("context", "text_embeds", "time_ids") if key + name in golden}
            for t in (1, 500, 981):
                check(f"{family} {kind} unet at {t}", model.unet(golden[key + "sample"], t, conditions), golden[f"{key}{t}"], 1e-5)
            for name, seed, guidance, strength in (("inpaint", 42, 7.5, 1.0), ("inpaint_strength06", 43, 7.5, 0.6),
                                                   ("inpaint_nocfg", 44, 1.0, 1.0)):
                latents, image = pipeline(model, prompts, picture, mask, (64, 64), seed, 6, guidance, strength)
                check(f"{family} {kind} {name} latents", latents, golden[f"{kind}.{name}.latents"], 1e-4)
                check(f"{family} {kind} {name} image", image, golden[f"{kind}.{name}.image"], 1e-4)
        latents, _ = pipeline(model, prompts, None, None, (64, 128), 48, 6, 7.5, 1.0)
        check(f"{family} base text2img_wide", latents, golden["base.text2img_wide.latents"], 1e-4)
        latents, _ = pipeline(model, prompts, picture, None, (64, 64), 49, 6, 7.5, 0.7)
        check(f"{family} base img2img", latents, golden["base.img2img.latents"], 1e-4)
        if family == "sd15":
            control = control_net("sd15-controlnet", stored_weights("sd15-controlnet", ""), golden["input.control"][None] / 255, 0.8)
            latents, _ = pipeline(model, prompts, picture, mask, (64, 64), 50, 6, 7.5, 1.0, control)
            check("sd15 base controlnet_inpaint", latents, golden["base.controlnet_inpaint.latents"], 1e-4)
        mean, logvar = model.vae.encode(picture)
        check(f"{family} vae mean", mean, golden["vae.mean"], 1e-5)
        check(f"{family} vae logvar", logvar, golden["vae.logvar"], 1e-5)
        check(f"{family} vae decode", model.vae.decode(golden["vae.mean"]), golden["vae.decode"], 1e-5)
        last, states = model.text[0](golden["tokens.ids"])
        check(f"{family} text", last, golden["text.last_hidden_state"], 1e-5)
        check(f"{family} text penultimate", states[-2], golden["text.penultimate"], 1e-5)
        if family == "sdxl":
            last, _ = model.text[1](golden["tokens.ids"])
            check("sdxl text2 pooled", model.text[1].projected(golden["tokens.ids"], last), golden["text2.text_embeds"], 1e-5)


def control_net(name, weights, picture, scale):
    settings = json.loads((REFERENCE / name / "config.json").read_text()) if isinstance(name, str) else name
    return {"network": ControlNet(settings, weights), "picture": picture, "scale": scale}


# --- 2. full size ---------------------------------------------------------------------------------------------------


def full_size():
    models, out = json.loads((HERE / "full_size.json").read_text()), {}

    def both(name, compute):
        """In float32; how far that is from float64 is printed, to know what a difference of another float32 is worth."""
        result = compute(torch.float32)
        exact = compute(torch.float64)
        for key, value in result.items():
            print(f"{name + ' ' + key:44} {error(value, exact[key]):.1e} from float64, norm per number "
                  f"{exact[key].square().mean().sqrt().item():.3g}", flush=True)
            flat = value.float().cpu().flatten()
            out[f"{name}.{key}"] = flat[:: -(-len(flat) // 1024)].contiguous()  # evenly spread over the whole of it
        torch.cuda.empty_cache()

    def conditions(name, model, settings, dtype):
        given = {"context": uniform(f"{name}/context", 2, 77, settings["cross_attention_dim"]).to(CUDA, dtype),
                 "guidance": model.get("guidance", 1.0)}
        if "time_ids" in model:
            pooled = settings["projection_class_embeddings_input_dim"] - settings["addition_time_embed_dim"] * len(model["time_ids"])
            given["text_embeds"] = uniform(f"{name}/text_embeds", 2, pooled).to(CUDA, dtype)
            given["time_ids"] = torch.tensor([model["time_ids"]] * 2, device=CUDA, dtype=dtype)
        return given

    def sample(name, model, channels, dtype, factor=1):
        height, width = (side * factor for side in model["cells"])
        return uniform(f"{name}/sample", 2, channels, height, width).to(CUDA, dtype)

    for name, model in models["unets"].items():
        def unet(dtype):
            network = UNet(model["config"], random_weights(name, dtype))
            x, given = sample(name, model, model["config"]["in_channels"], dtype), conditions(name, model, model["config"], dtype)
            return {str(t): network(x, t, given) for t in model["timesteps"]}
        both(name, unet)
    for name, model in models["control_nets"].items():
        def control(dtype):
            network = ControlNet(model["config"], random_weights(name, dtype))
            picture = uniform(f"{name}/picture", 1, 3, *(8 * side for side in model["cells"])).to(CUDA, dtype)
            down, middle = network(sample(name, model, 4, dtype), model["timesteps"][0],
                                   conditions(name, model, model["config"], dtype), picture, model["scale"])
            return {f"down.{i}": residual[:, ::16] for i, residual in enumerate(down)} | {"mid": middle[:, ::16]}
        both(name, control)
    for name, model in models["autoencoders"].items():
        def autoencoder(dtype):
            network = AutoencoderKL(model["config"], random_weights(name, dtype))
            picture = uniform(f"{name}/picture", 1, 3, *(8 * side for side in model["cells"])).to(CUDA, dtype) / 2
            mean, logvar = network.encode(picture)
            latents = uniform(f"{name}/latents", 1, 4, *model["cells"]).to(CUDA, dtype)
            return {"mean": mean, "logvar": logvar, "decode": network.decode(latents)[..., ::4, ::4]}
        both(name, autoencoder)
    ids = torch.tensor([[49406, 320, 1125, 539, 320, 1929, 525, 320, 12616] + [49407] * 68, [49406] + [49407] * 76])
    for name, model in models["text_encoders"].items():
        settings = model["config"] | {"bos_token_id": 49406, "pad_token_id": 49407}
        kind = transformers.CLIPTextModelWithProjection if "architectures" in settings else transformers.CLIPTextModel

        def text(dtype):
            network = kind(transformers.CLIPTextConfig(**settings, attn_implementation="eager")).eval().to(CUDA, dtype)
            for key, parameter in network.named_parameters():
                parameter.copy_(random_weight(f"{name}/{key.removeprefix('text_model.')}", *parameter.shape))
            result = network(ids.to(CUDA), output_hidden_states=True)
            found = {"last": result.last_hidden_state[..., ::16], "penultimate": result.hidden_states[-2][..., ::16]}
            return found | ({"pooled": result.text_embeds} if "architectures" in settings else {})
        both(name, text)
    return out


# --- 3. other sizes and seeds ---------------------------------------------------------------------------------------

CONTROL_PARTS = ("in_channels", "block_out_channels", "layers_per_block", "down_block_types", "attention_head_dim",
                 "cross_attention_dim", "use_linear_projection", "transformer_layers_per_block", "addition_embed_type",
                 "addition_time_embed_dim", "projection_class_embeddings_input_dim", "norm_num_groups")


def other_runs():
    listed, out = json.loads((HERE / "other_runs.json").read_text()), {}
    for name, run in listed.items():
        model = TinyModel(run["model"], run.get("variant"))
        height, width = run["height"], run["width"]
        picture = (uniform(f"{name}/picture", 1, 3, height, width) / 2).clamp(-1, 1) if "picture" in run["inputs"] else None
        mask = None
        if "mask" in run["inputs"]:
            mask = torch.zeros(1, 1, height, width)
            mask[:, :, height // 4 : height * 3 // 4, width // 3 : width * 5 // 6] = 1
        control = None
        if "control_scale" in run:
            settings = {key: model.unet.config[key] for key in CONTROL_PARTS} | {"conditioning_embedding_out_channels": [8, 8, 16, 16]}
            hint = uniform(f"{name}/control", 1, 3, height, width) / 4 + 0.5
            control = control_net(settings, random_weights(f"{run['model']}-control", device="cpu"), hint, run["control_scale"])
        latents, image = pipeline(model, [run["negative"], run["prompt"]], picture, mask, (height, width), run["seed"],
                                  run["steps"], run["guidance"], run["strength"], control)
        out[f"{name}.latents"], out[f"{name}.image"] = latents.contiguous(), image.contiguous()
        print(f"{name:44} latents' norm per number {latents.square().mean().sqrt().item():.3g}", flush=True)
    return out


def main():
    target = pathlib.Path(sys.argv[1])
    print("torch", torch.__version__, "transformers", transformers.__version__, torch.cuda.get_device_name(), flush=True)
    check_against_diffusers()
    save_file(other_runs(), target / "other_runs.safetensors")
    if "--tiny" not in sys.argv:
        save_file(full_size(), target / "full_size.safetensors")


if __name__ == "__main__":
    main()
