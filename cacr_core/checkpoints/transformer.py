"""Vision transformers as torch modules, with timm's names: plain, DINOv2, DINOv3, CLIP, SigLIP."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from cacr_core.checkpoints.by_hand import check_heads
from cacr_core.checkpoints.forms import Network

ROPE_BASE = 100.0
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": F.gelu,
    "gelu tanh": lambda x: F.gelu(x, approximate="tanh"),
    "quick gelu": lambda x: x * torch.sigmoid(1.702 * x),
    "silu": F.silu,
}
Turn = tuple[Tensor, Tensor] | None  # cosines and sines, (places, head dim)


class Attention(nn.Module):
    """Self-attention; q, k and v are joined or not, and some of them may have no bias."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        dim = net.feature_dim
        self.n_heads, self.form = net.n_heads, net.qkv
        if net.qkv == "separate":
            for part in "qkv":
                self.add_module(part, nn.Linear(dim, dim, bias=part in net.qkv_bias))
        else:
            bias = net.qkv == "joined" and bool(net.qkv_bias)
            self.qkv = nn.Linear(dim, 3 * dim, bias=bias)
        if net.qkv == "joined, biases of q and v":
            self.q_bias = nn.Parameter(torch.zeros(dim))
            self.v_bias = nn.Parameter(torch.zeros(dim))
        if net.bias_mask:
            self.qkv.register_buffer("bias_mask", torch.ones(3 * dim))
        self.proj = nn.Linear(dim, dim)

    def _parts(self, x: Tensor, turn: Turn) -> list[Tensor]:
        """q, k and v, `(n, head, token, head dim)` each."""
        if self.form == "separate":
            parts = [self.get_submodule(part)(x) for part in "qkv"]
        elif self.form == "joined":
            bias: Tensor | None = self.qkv.bias
            if "bias_mask" in self.qkv._buffers:
                bias = self.qkv.bias * self.qkv.get_buffer("bias_mask")
            parts = list(F.linear(x, self.qkv.weight, bias).chunk(3, -1))
        else:
            bias = torch.cat([self.q_bias, torch.zeros_like(self.q_bias), self.v_bias])
            parts = list(F.linear(x, self.qkv.weight, bias).chunk(3, -1))
        q, k, v = (part.unflatten(2, (self.n_heads, -1)).transpose(1, 2) for part in parts)
        return [turned(q, turn), turned(k, turn), v]

    def forward(self, x: Tensor, turn: Turn = None) -> Tensor:
        q, k, v = self._parts(x, turn)
        out = F.scaled_dot_product_attention(q, k, v)
        return self.proj(out.transpose(1, 2).flatten(2))

    def weights(self, x: Tensor, turn: Turn = None) -> Tensor:
        """Of each query's places: `(n, token, dim)` -> `(n, head, token, token)`, rows sum to 1."""
        q, k, _ = self._parts(x, turn)
        return (q @ k.transpose(2, 3) * q.shape[-1] ** -0.5).softmax(3)


def turned(x: Tensor, turn: Turn) -> Tensor:
    """Rotary positions on the places, which stand last; halves of each head's dims are pairs."""
    if turn is None:
        return x
    cosines, sines = turn
    first, places = x.split([x.shape[2] - len(cosines), len(cosines)], 2)
    a, b = places.chunk(2, -1)
    return torch.cat([first, places * cosines + torch.cat([-b, a], -1) * sines], 2)


def rope(side: int, periods: Tensor) -> tuple[Tensor, Tensor]:
    """DINOv3's: angles of the centres of `side` x `side` places between -1 and 1."""
    centres = 2 * (torch.arange(0.5, side, device=periods.device) / side) - 1
    grid = torch.stack(torch.meshgrid(centres, centres, indexing="ij"), -1).flatten(0, 1)
    angles = (2 * math.pi * grid[:, :, None] / periods).flatten(1).tile(2)
    return angles.cos(), angles.sin()


class Mlp(nn.Module):
    def __init__(self, net: Network) -> None:
        super().__init__()
        dim, hidden = net.feature_dim, net.mlp_dim
        self.form, self.activation = net.mlp, ACTIVATIONS[net.activation]
        if net.mlp == "gated":
            self.fc1_g, self.fc1_x = nn.Linear(dim, hidden), nn.Linear(dim, hidden)
        else:
            self.fc1 = nn.Linear(dim, hidden * (2 if net.mlp == "swiglu" else 1))
        self.fc2 = nn.Linear(hidden, dim)

    def forward(self, x: Tensor) -> Tensor:
        if self.form == "gated":
            return self.fc2(self.activation(self.fc1_g(x)) * self.fc1_x(x))
        x = self.fc1(x)
        if self.form == "swiglu":
            gate, value = x.chunk(2, -1)
            return self.fc2(self.activation(gate) * value)
        return self.fc2(self.activation(x))


class Scale(nn.Module):
    def __init__(self, dim: int) -> None:
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dim))

    def forward(self, x: Tensor) -> Tensor:
        return x * self.gamma


class Block(nn.Module):
    def __init__(self, net: Network) -> None:
        super().__init__()
        dim = net.feature_dim
        self.norm1 = nn.LayerNorm(dim, net.norm_eps)
        self.attn = Attention(net)
        self.ls1 = Scale(dim) if net.layer_scale else nn.Identity()
        self.norm2 = nn.LayerNorm(dim, net.norm_eps)
        self.mlp = Mlp(net)
        self.ls2 = Scale(dim) if net.layer_scale else nn.Identity()

    def forward(self, x: Tensor, turn: Turn = None) -> Tensor:
        x = x + self.ls1(self.attn(self.norm1(x), turn))
        return x + self.ls2(self.mlp(self.norm2(x)))


class AttentionPool(nn.Module):
    """SigLIP's: one learnt query looks at all places."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        dim = net.feature_dim
        self.n_heads, self.form = net.n_heads, net.pool_qkv
        self.latent = nn.Parameter(torch.zeros(1, 1, dim))
        if net.pool_qkv == "joined":
            self.in_proj = nn.Linear(dim, 3 * dim)
        else:
            self.q, self.kv = nn.Linear(dim, dim), nn.Linear(dim, 2 * dim)
        self.proj = nn.Linear(dim, dim)
        self.norm = nn.LayerNorm(dim, net.norm_eps)
        self.mlp = Mlp(net)

    def forward(self, x: Tensor) -> Tensor:
        query = self.latent.expand(len(x), -1, -1)
        if self.form == "joined":
            of_q, of_k, of_v = (
                (w, b)
                for w, b in zip(
                    self.in_proj.weight.chunk(3), self.in_proj.bias.chunk(3), strict=True
                )
            )
            parts = F.linear(query, *of_q), F.linear(x, *of_k), F.linear(x, *of_v)
        else:
            parts = self.q(query), *self.kv(x).chunk(2, -1)
        q, k, v = (part.unflatten(2, (self.n_heads, -1)).transpose(1, 2) for part in parts)
        out = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)
        out = self.proj(out)
        return (out + self.mlp(self.norm(out)))[:, 0]


class VisionTransformer(nn.Module):
    """A ViT with timm's names; what of its tokens are the features, its form says."""

    def __init__(self, net: Network) -> None:
        super().__init__()
        dim = net.feature_dim
        check_heads(net.n_heads, dim)
        self.net, self.patch = net, net.patch
        self.side = (net.image_size or 0) // net.patch
        self.patch_embed = nn.ModuleDict(
            {"proj": nn.Conv2d(net.channels, dim, net.patch, net.patch, bias=net.patch_bias)}
        )
        if net.class_token:
            self.cls_token = nn.Parameter(torch.zeros(1, 1, dim))
        if net.n_registers:
            self.reg_token = nn.Parameter(torch.zeros(1, net.n_registers, dim))
        if net.positions == "learned":
            n = net.class_position + self.side**2
            self.pos_embed = nn.Parameter(torch.randn(1, n, dim) * 0.02)
        else:
            self.rope_embed = _Periods(dim // net.n_heads, net.rope == "stored")
        self.norm_pre = nn.LayerNorm(dim, net.norm_eps) if net.pre_norm else nn.Identity()
        self.blocks = nn.ModuleList(Block(net) for _ in range(net.depth))
        norm = nn.LayerNorm(dim, net.norm_eps)
        self.norm_name = "fc_norm" if net.pool == "mean then norm" else "norm"
        self.add_module(self.norm_name, norm)
        if net.pool == "attention":
            self.attn_pool = AttentionPool(net)
        self.n_prefix = net.class_token + net.n_registers
        self.feature_dim = dim

    def tokens(self, x: Tensor) -> Tensor:
        """`(n, channels, size, size)` -> `(n, prefix + places, dim)`: the class token first, then
        registers, then places.

        Raises:
            ValueError: The images are no squares of whole patches.
        """
        if x.shape[-1] != x.shape[-2] or x.shape[-1] % self.patch:
            raise ValueError(
                f"This ViT needs square images of a multiple of {self.patch} pixels, got "
                f"{x.shape[-2]} x {x.shape[-1]}. Resize them."
            )
        side = x.shape[-1] // self.patch
        places = self.patch_embed["proj"](x).flatten(2).transpose(1, 2)
        first: list[Tensor] = []
        if self.net.class_token:
            first.append(self.cls_token)
        if self.net.positions == "learned":
            at_class, at_places = self._positions(side)
            places = places + at_places
            if self.net.class_token:
                first[0] = first[0] + at_class
        if self.net.n_registers:
            first.append(self.reg_token)
        return self.norm_pre(torch.cat([*(one.expand(len(x), -1, -1) for one in first), places], 1))

    def _positions(self, side: int) -> tuple[Tensor | float, Tensor]:
        """Of the class token and of `side` x `side` places, carried to them if others."""
        n = int(self.net.class_position)
        own, places = self.pos_embed[:, :n], self.pos_embed[:, n:]
        if side != self.side:
            grid = places.unflatten(1, (self.side, self.side)).permute(0, 3, 1, 2)
            grid = resized(grid, side, self.net.resize)
            places = grid.permute(0, 2, 3, 1).flatten(1, 2)
        return (own if n else 0.0), places

    def turn(self, n_tokens: int) -> Turn:
        """What turns q and k of so many tokens; None for learned positions."""
        if self.net.positions == "learned":
            return None
        return rope(math.isqrt(n_tokens - self.n_prefix), self.rope_embed.periods)

    def forward(self, x: Tensor) -> Tensor:
        x = self.tokens(x)
        turn = self.turn(x.shape[1])
        for block in self.blocks:
            x = block(x, turn)
        norm = self.get_submodule(self.norm_name)
        if self.net.pool == "mean then norm":
            return norm(x[:, self.n_prefix :].mean(1))
        x = norm(x)
        if self.net.pool == "attention":
            return self.attn_pool(x)
        return x[:, 0] if self.net.pool == "class token" else x[:, self.n_prefix :].mean(1)


class _Periods(nn.Module):
    def __init__(self, head_dim: int, stored: bool) -> None:
        super().__init__()
        periods = ROPE_BASE ** torch.arange(0, 1, 4 / head_dim)
        self.register_buffer("periods", periods, persistent=stored)
        self.periods: Tensor


def resized(grid: Tensor, side: int, how: str) -> Tensor:
    """Positions `(1, dim, h, w)` on `side` x `side` places, as the code they come from does."""
    if how == "dinov2":  # its published code adds 0.1 so that the size comes out right
        factor = (side + 0.1) / grid.shape[-1]
        return F.interpolate(grid, scale_factor=(factor, factor), mode="bicubic")
    antialias = how in ("timm", "antialiased")
    return F.interpolate(grid, size=(side, side), mode="bicubic", antialias=antialias)
