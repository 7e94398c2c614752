"""Compares models with each other: how good their mattes of photos are, and what each costs here.

``run`` measures, ``summary`` and ``table`` tell it, ``report`` shows it.
"""
