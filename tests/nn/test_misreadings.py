"""What a layer could misread without notice is refused in one line; what is clear gets the right answer."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv1d
from torch.nn.utils.rnn import pack_sequence

from rlnotes.base.errors import SettingError
from rlnotes.nn.activations import Maxout
from rlnotes.nn.attention import AdditiveAttention, MultiHeadAttention, causal_mask, length_mask, scaled_dot_product
from rlnotes.nn.autoencoder import Autoencoder
from rlnotes.nn.base.bodies import WindowAttention
from rlnotes.nn.base.stack import stack
from rlnotes.nn.convolution import FeatureMaps, convolve, correlate, full_convolve
from rlnotes.nn.gan import discriminator_value, non_saturating_loss, saturating_loss
from rlnotes.nn.mlp import MLP, Linear
from rlnotes.nn.normalisation import BatchNorm, BatchNorm2d, LayerNorm, LayerNorm2d, MinMax, Standardise
from rlnotes.nn.recurrent import GRU, LSTM, RNN
from rlnotes.nn.transformer import Transformer, positional_encoding
from rlnotes.nn.vae import VAE
from rlnotes.nn.wgan import critic_value, gradient_penalty


@pytest.mark.parametrize("f", [correlate, convolve])
def test_kernels_have_one_or_two_axes(f):
    for w, x in (((2, 2, 2), (5, 5, 5)), ((2, 2, 2), (2, 5, 5)), ((), (5,)), ((2, 2), (5,))):
        with pytest.raises(SettingError, match=r"kernel=\[.*\]: must be the shape of a kernel \[K\] or \[U, V\]"):
            f(torch.ones(w), torch.ones(x))
    with pytest.raises(SettingError, match="padding=-1: must be 0 or more"):
        f(torch.ones(2), torch.ones(5), padding=-1)
    with pytest.raises(SettingError, match="kernel=0: must be a whole number, 1 or more"):
        f(torch.ones(0), torch.ones(5))


def test_a_batch_is_convolved_sample_by_sample():
    w, x = torch.randn(3), torch.randn(4, 6)
    torch.testing.assert_close(correlate(w, x), conv1d(x[:, None], w[None, None])[:, 0])
    torch.testing.assert_close(full_convolve(w, x), torch.stack([full_convolve(w, one) for one in x]))


ATTENTION = {
    "multi-head": MultiHeadAttention(8, 2),
    "additive": AdditiveAttention(8, 8, 4),
    "formula": scaled_dot_product,
}


@pytest.mark.parametrize("name", ATTENTION)
def test_masks_are_boolean_and_have_the_axes_of_the_scores(name):
    """A float 0/1 mask would be added to the scores, and [batch, m] taken for [n, m] if batch = n."""
    layer, x = ATTENTION[name], torch.randn(5, 5, 8)
    lengths = torch.tensor([1, 2, 3, 4, 5])
    for mask in (torch.ones(1, 5, 5), torch.ones(1, 5, 5, dtype=torch.int)):
        with pytest.raises(ValueError, match=r"mask must have true and false, torch.bool, not torch\."):
            layer(x, x, x, mask)
    shapes = [(5, 5), (5,), (5, 1, 4), (2, 5, 5), (5, 1, 5, 5), (5, 5, 1)]
    for shape in shapes:
        with pytest.raises(ValueError, match=r"mask must be \[5 or 1, 5 or 1, 5\], not \["):
            layer(x, x, x, torch.ones(shape, dtype=torch.bool))
    made = layer(x, x, x, length_mask(lengths, 5))
    for one, length, expected in zip(x, lengths, made, strict=True):
        torch.testing.assert_close(layer(one, one[:length], one[:length]), expected, rtol=1e-4, atol=1e-5)
    causal = layer(x, x, x, causal_mask(5)[None])
    torch.testing.assert_close(layer(x[:, 2:3], x[:, :3], x[:, :3]), causal[:, 2:3], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("kind", [RNN, LSTM, GRU])
def test_recurrent_layers_refuse_states_and_sequences_of_other_shapes(kind, number):
    """The state of another batch was repeated or cut; a stack of 3 networks has one state per network."""
    layer = kind(3, 4) if number == 1 else stack([kind(3, 4) for _ in range(number)])
    first = (1,) if number == 1 else ()
    batch = (5,) if number == 1 else (number, 5)
    x, parts = torch.randn(*batch, 6, 3), 2 if kind is LSTM else 1

    def state(*shape):
        return (torch.zeros(shape),) * 2 if parts == 2 else torch.zeros(shape)

    layer(x, state(*first, *batch, 4), torch.zeros(*batch, 6, dtype=torch.bool))
    layer(x, state(*first, *batch, 4))
    for shape in ((*first, *batch[:-1], 1, 4), (2, *batch, 4), (*first, *batch, 1), batch):
        with pytest.raises(ValueError, match=r"the state must be \[.*4\], not \["):
            layer(x, state(*shape))
    with pytest.raises(ValueError, match=r"the state must be (one tensor|a pair of tensors), and it has"):
        layer(x, (torch.zeros(*first, *batch, 4),) * (3 - parts))
    with pytest.raises(ValueError, match=r"begins must be \[.*6\], not \[6\]"):
        layer(x, None, torch.zeros(6, dtype=torch.bool))
    for bad in (x[..., :0, :], x[..., :2], x[None, None]):
        with pytest.raises(ValueError, match=r"sequences must be \[.*batch, time, 3\] with 1 step or more, not"):
            layer(bad)
    with pytest.raises(ValueError, match=r"sequences must be a tensor .*not a PackedSequence; pad them to one length"):
        layer(pack_sequence([torch.randn(3, 3), torch.randn(2, 3)]))
    assert layer(x[..., :0, :, :])[0].shape == (*batch[:-1], 0, 6, 4)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Linear(3, 0), "outputs=0"),
        (lambda: Linear(0, 3), "inputs=0"),
        (lambda: MLP(3, [4, 0], 2), r"widths=\[4, 0\]"),
        (lambda: BatchNorm(0), "units=0"),
        (lambda: LayerNorm(-1), "units=-1"),
        (lambda: BatchNorm2d(0), "channels=0"),
        (lambda: LayerNorm2d(1.5), "channels=1.5"),
        (lambda: Maxout(3, 0), "outputs=0"),
        (lambda: FeatureMaps(3, 0, 3), "maps=0"),
        (lambda: MultiHeadAttention(0, 1), "width=0"),
        (lambda: AdditiveAttention(3, 3, 0), "units=0"),
        (lambda: Transformer(0), "symbols=0"),
        (lambda: Transformer(5, hidden=0), "hidden=0"),
        (lambda: positional_encoding(3, 0), "width=0"),
        (lambda: GRU(3, 0), "units=0"),
        (lambda: LSTM(0, 3), "inputs=0"),
        (lambda: VAE(3, 0), "code=0"),
        (lambda: Autoencoder(0, 3), "features=0"),
        (lambda: Standardise(0), "features=0"),
    ],
)
def test_sizes_of_zero_are_refused(make, message):
    with pytest.raises(SettingError, match=message + ": must be a .*whole number"):
        make()


def test_means_of_empty_batches_are_refused():
    some, none = torch.randn(3, 2), torch.randn(0, 2)
    for f in (discriminator_value, critic_value):
        for pair in ((some, none), (none, some)):
            with pytest.raises(ValueError, match=r"(real|fake) must have samples, but its shape is \[0, 2\]"):
                f(*pair)
    for f in (saturating_loss, non_saturating_loss):
        with pytest.raises(ValueError, match="fake must have samples"):
            f(none)
    with pytest.raises(ValueError, match="real must have samples"):
        gradient_penalty(lambda x: x.sum(1), none, none)
    with pytest.raises(ValueError, match=r"fake must be \[3, 2\], not \[1, 2\]"):
        gradient_penalty(lambda x: x.sum(1), some, some[:1])


def window_attention():
    return WindowAttention(MLP(3, [8]), 8, 2, window=4, blocks=1, initialisation="auto")


@pytest.mark.parametrize("how", ["to_empty", "assign", "half and back"])
@pytest.mark.parametrize("make", [lambda: Transformer(5, 8, 2, longest=9), window_attention])
def test_positions_survive_every_way_to_move_a_layer(make, how):
    original = make()
    x = torch.randint(5, (2, 4)) if isinstance(original, Transformer) else torch.randn(2, 4, 3)
    given = (x, x) if isinstance(original, Transformer) else (x,)
    with torch.device("meta" if how == "assign" else "cpu"):
        layer = make()
    if how == "to_empty":
        layer = layer.to("meta").to_empty(device="cpu")
    elif how == "half and back":
        layer.half().float()
    layer.load_state_dict(original.state_dict(), assign=how == "assign")
    expected, found = (layer(*given) for layer in (original, layer))
    torch.testing.assert_close(found, expected)


@pytest.mark.parametrize(("length", "width"), [(20_000, 64), (5_000, 7), (1, 1)])
def test_positions_are_exact_in_float32(length, width):
    """Within the rounding of float32, at every position."""
    t, j = torch.arange(length, dtype=torch.float64)[:, None], torch.arange(width, dtype=torch.float64)
    angle = t / 10_000 ** ((j - j % 2) / width)
    expected = torch.where(j % 2 == 0, angle.sin(), angle.cos())
    found = positional_encoding(length, width)
    assert found.dtype == torch.float32
    torch.testing.assert_close(found.double(), expected, rtol=0, atol=1e-7)


@pytest.mark.parametrize("cast", [lambda m: m.half(), lambda m: m.bfloat16(), lambda m: m.to(torch.float32)])
def test_statistics_of_inputs_count_exactly_in_every_precision(cast):
    """A half stops counting at 2048."""
    x = torch.randint(5, (9_000, 2)).double()
    standardise, extremes = cast(Standardise(2)), cast(MinMax(2))
    for part in x.split(1_000):
        standardise(part.half()), extremes(part.half())
    assert standardise.count.item() == 9_000
    torch.testing.assert_close(standardise.mean, x.mean(0))
    torch.testing.assert_close((standardise.squares / standardise.count).sqrt(), x.std(0, correction=0))
    assert extremes.least.tolist() == [0, 0]
    assert extremes.greatest.tolist() == [4, 4]
    assert nn.Sequential(standardise).half()(x.half()).dtype == torch.half
