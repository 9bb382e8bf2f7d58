"""The planted faults of tests/unit/plants.py keep up with the source: each finds the one text that it takes the place of."""

from tests.unit.plants import PLANTS, ROOT


def test_every_plant_has_its_place() -> None:
    lost = [
        (plant.module, plant.old, count)
        for plant in PLANTS
        if (count := (ROOT / f"{plant.module.replace('.', '/')}.py").read_text(encoding="utf-8").count(plant.old)) != 1
    ]
    print(f"{len(PLANTS)} faults that can be planted")
    assert lost == []
