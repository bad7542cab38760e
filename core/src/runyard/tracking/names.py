"""Random names for runs that were given none: `brisk-otter-417`."""

from __future__ import annotations

import random

# With the longest of each a name has 19 characters; MLflow's have at most 20.
ADJECTIVES = """
    able agile amber ample azure bold brave brief bright brisk calm candid civil clear clever cosmic crisp dapper
    deft eager early exact fair fast fine fleet fond frank free fresh gentle glad golden grand handy happy hardy
    honest humble ideal jolly just keen kind lively loyal lucid lucky merry mighty modest neat nimble noble open
    patient placid polite proud quick quiet rapid ready robust rustic serene sharp silent silver smooth snug solid
    steady sunny swift tidy trim upbeat valid vivid warm wise witty zesty
"""
NOUNS = """
    ant auk badger bat bear beaver bee bison boar carp cat cod colt condor crab crane cricket crow deer dingo dog
    dolphin dove duck eagle eel elk emu ermine falcon ferret finch fish fly fox frog gecko gnat goat goose grouse
    gull hare hawk heron horse hound ibex jackal jay kite koala lark lemur lion llama lynx mantis marten mole moose
    moth mouse mule newt ocelot okapi orca oriole osprey otter owl panda panther pike plover pony puffin quail
    rabbit raven robin salmon seal shark shrew skink sloth snail sole sparrow squid stork swan tapir tern tiger toad
    trout turtle viper vole walrus wasp weasel whale wolf wombat wren yak zebra
"""

# Not the generator that a training seeds: names would repeat, and its own numbers would change.
_random = random.SystemRandom()


def run_name() -> str:
    return f"{_random.choice(ADJECTIVES.split())}-{_random.choice(NOUNS.split())}-{_random.randrange(1000)}"
