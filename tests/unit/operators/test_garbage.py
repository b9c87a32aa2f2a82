"""The garbage collector while rows pass."""

from __future__ import annotations

import gc

from airflow_provider_bento.operators.garbage import old_objects_ignored


def test_old_objects_are_ignored_until_the_last_push_is_done() -> None:
    """Two may run in one process."""
    gc.unfreeze()  # what an Airflow that ran a task in this process has frozen
    with old_objects_ignored():
        with old_objects_ignored():
            pass
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_what_others_have_frozen_stays_so() -> None:
    """Airflow freezes its objects before it forks."""
    gc.freeze()
    try:
        with old_objects_ignored():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()


def test_new_garbage_is_collected_meanwhile() -> None:
    """Cycles of rows do not pile up."""

    class Cyclic:
        def __init__(self) -> None:
            self.itself = self

    with old_objects_ignored():
        gc.collect()
        Cyclic()
        assert gc.collect() >= 1
