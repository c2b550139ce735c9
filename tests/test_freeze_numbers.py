"""A frozen file is JSON, which has neither infinities nor NaN, and a formula may have both."""

import json
import math
from typing import NamedTuple

import numpy as np
import pytest
import torch

from tests.browser_code import run
from web.frozen.program import results, traced
from web.frozen.recording import as_json

FROZEN = "web/frozen/view"


def test_numbers_that_json_lacks_come_into_a_formula_as_they_are():
    class Answer(NamedTuple):
        low: torch.Tensor
        kept: torch.Tensor
        odd: torch.Tensor

    def answer(z):
        edges = torch.tensor([math.inf, -math.inf, math.nan, 0.5])
        bounds = torch.tensor([-math.inf, math.inf, 0.0, 1.0])
        return Answer(torch.minimum(z, edges), z.clamp(min=-math.inf, max=0.5) + bounds, edges + z)

    z = torch.tensor([1.0, 2.0, 3.0, 4.0])
    program = json.loads(as_json(traced(answer, {"z": z}, None, ())))
    steps = """
    const { readProgram, run } = await load('program.js');
    const z = { shape: [4], kind: 'float', data: Float32Array.from(data.z) };
    const found = run(readProgram(data.program), { z });
    const told = (one) => [...one.data].map(String);
    return Object.fromEntries(Object.entries(found).map(([key, one]) => [key, told(one)]));
    """
    ours = run(steps, {"program": program, "z": z.tolist()}, FROZEN)
    for key, value in results(answer(z)).items():
        numbers = [float(one.replace("Infinity", "inf")) for one in ours[key]]
        np.testing.assert_allclose(numbers, value, err_msg=key)
    with pytest.raises(ValueError):
        as_json({"force": math.nan})
