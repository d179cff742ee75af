"""Three plain words for a credential, so that two people can tell on the telephone whether they see the same one."""

from __future__ import annotations

import hashlib
from typing import Final

# 256 short names of things that one can see or touch: no two sound alike or begin with the same four letters.
_LIST: Final = """
    acorn airport album almond anchor apple arrow autumn avocado badger bagel bakery balloon bamboo barn basket
    bicycle biscuit blanket bonfire bottle bracelet branch brick bridge broccoli bronze brush buffalo bubble bucket
    button cabbage cabin cactus camera candle canoe carpet castle cave celery chair cheese cherry chimney cinnamon
    city clock cloud clover coffee comet compass copper corridor cotton crayon cricket crown cucumber cupboard
    curtain daisy desk diamond dolphin dragon drawer drum eagle elbow engine envelope eraser falcon farmer feather
    fence festival flamingo forest fossil fountain fox frog galaxy garage garden garlic giraffe glacier glove gold
    grape grass guitar hammer hamster harbour harp hazelnut hedgehog helmet honey hotel iceberg island jacket
    jasmine kangaroo kettle keyboard kitchen kite koala lamp lantern laptop leaf lemon leopard lettuce library lilac
    lobster magnet mango maple marathon market meadow mirror moon museum mushroom napkin necklace notebook octopus
    olive onion orange ostrich otter owl oxygen package palace panda parrot pasta peach peanut pebble pelican pencil
    penguin pepper piano pigeon pillow pilot planet platform pocket pony poppy postcard potato pretzel puddle
    pumpkin pyramid rabbit radio railway rainbow reindeer ribbon river robot rooster rope saddle salmon sandal scarf
    school scissors scooter shadow shark sheep shirt shovel silver skate sofa soup sparrow spider spinach sponge
    spoon squirrel stadium station stone storm sugar suitcase summer swan sweater table teapot temple tennis thunder
    ticket tiger toast tomato tooth tortoise towel tractor triangle trumpet tulip tunnel turnip umbrella valley
    vanilla velvet village vinegar violin volcano waffle wagon wallet walnut wardrobe water whistle window winter
    wizard wolf workshop yogurt zebra zipper
"""
WORDS: Final = tuple(_LIST.split())


def check_words(credential_id: str) -> tuple[str, str, str]:
    """The words at the first three bytes of SHA-256 over the id: 16.7 million triples.

    They help to tell credentials apart and prove nothing: whoever tries long enough finds an id with the same words.
    """
    first, second, third = hashlib.sha256(credential_id.encode()).digest()[:3]
    return WORDS[first], WORDS[second], WORDS[third]
