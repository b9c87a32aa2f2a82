"""The environment of a cell: Airflow and its libraries as of a date, the wheel, and the tools of the tests.

Tested by tests/matrix/test_environments.py.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from distributions import LEFT_OUT
from installs.airflows import OF_IMAGES, constraints_of
from installs.installs import run
from matrix.cells import Cell
from matrix.floors import requirements
from matrix.pythons import UV

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / ".venvs" / "matrix"
CHECKOUT: Final = FOLDER / "checkout"
EXTRAS: Final = "parquet,redis,sandbox,sync,zstd"
_PROVIDERS: Final = ("common-io", "common-sql", "openlineage", "postgres", "sqlite", "standard")
# As in Airflow's images; 2.11 and 3.0 show a provider's fields in the connection form only if it is there.
_FORMS_BY_FAB: Final = {"2.11", "3.0", "3.1"}
# Without a bound, uv takes a release that knows nothing of that Airflow, because it accepts an older requests.
_LINEAGE: Final = {"3.3": ("apache-airflow-providers-openlineage>=2.20",)}
_TOOLS: Final = (
    "apache-airflow-providers-common-compat>=1.23",  # one import path for the tests; the package needs none
    "flask-cors",  # a part of moto's server
    "hypothesis",
    "jsonschema",
    "moto[s3]",
    "pandas",
    "polars",
    "psycopg[binary]",
    "pytest",
    "s3fs",
    "setuptools>=77",
)


def checkout() -> Path:
    """Return a copy of this checkout without the package, so that its tests can import only an installed one."""
    shutil.rmtree(CHECKOUT, ignore_errors=True)
    package = ROOT / "airflow_provider_bento"

    def left_out(folder: str, names: list[str]) -> set[str]:
        return set(LEFT_OUT(folder, names)) | ({package.name} if Path(folder) == ROOT else set())

    shutil.copytree(ROOT, CHECKOUT, ignore=left_out, symlinks=True)
    return CHECKOUT


def built_environment(cell: Cell, python: Path, wheel: Path) -> Path:
    """Return the interpreter of a new environment of a cell.

    :raises DidNotWork: uv finds no solution, or a package does not install.
    """
    venv = FOLDER / cell.name
    run(UV, "venv", "--quiet", "--clear", "--python", python, venv)
    interpreter = venv / "bin" / "python"
    pins = FOLDER / f"{cell.name}.txt"
    pins.write_text(_lowest(cell) if cell.lowest else _of_its_date(cell))
    install: tuple[str | Path, ...] = (UV, "pip", "install", "--quiet", "--python", interpreter)
    dated = ("--exclude-newer", cell.airflow.as_of, "--constraint", pins)
    run(*install, *dated, *named(cell), f"{wheel}[{EXTRAS}]")
    pins.write_text("".join(f"{name}=={version}\n" for name, version in versions(interpreter).items() if _keeps(name)))
    run(*install, "--constraint", pins, *_TOOLS)
    return interpreter


def versions(interpreter: Path) -> dict[str, str]:
    """Return what is installed, by name."""
    listed = json.loads(run(UV, "pip", "list", "--quiet", "--format", "json", "--python", interpreter))
    return {one["name"]: one["version"] for one in listed}


def named(cell: Cell) -> list[str]:
    """Return the requirements that make its Airflow: the release, and the providers that the tests use."""
    names = (*_PROVIDERS, "fab") if cell.airflow.minor in _FORMS_BY_FAB else _PROVIDERS
    return [f"apache-airflow=={cell.airflow.version}", *(f"apache-airflow-providers-{name}" for name in names)]


def _of_its_date(cell: Cell) -> str:
    """Return pins: the newest of everything that had been released, together with what the connection form needs."""
    extras = f"{OF_IMAGES},fab" if cell.airflow.minor in _FORMS_BY_FAB else OF_IMAGES
    return constraints_of(cell.airflow, FOLDER, UV, cell.python_name, extras).read_text()


def _lowest(cell: Cell) -> str:
    """Return pins: what the package names as low as it may be beside that Airflow, all else as of its date."""
    wanted = "\n".join([named(cell)[0], *_LINEAGE.get(cell.airflow.minor, ()), *map(str, requirements())])
    source = FOLDER / f"{cell.name}.in"
    source.write_text(wanted + "\n")
    command = [UV, "pip", "compile", source, "--quiet", "--no-header", "--no-annotate", "--no-strip-extras"]
    command += ["--resolution", "lowest-direct", "--exclude-newer", cell.airflow.as_of]
    return run(*command, "--python-version", cell.python_name)


def _keeps(name: str) -> bool:
    """The tests need a newer release of one provider, and the wheel is a file."""
    return name not in {"airflow-provider-bento", "apache-airflow-providers-common-compat"}
