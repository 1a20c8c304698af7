"""The part of the build that pyproject.toml cannot express: the wheel includes the studies.

The repository has `scenarios/` and `seeds/` beside the package; the build copies them into `sim/packs`.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

FOLDERS = ("scenarios", "seeds")


class BuildWithPacks(build_py):
    """Build the package with the studies inside."""

    def packs(self) -> dict[str, str]:
        """Return the target of each file to copy, with its source."""
        target = Path(self.build_lib) / "sim" / "packs"
        found = (Path(folder).rglob(f"*.{end}") for folder in FOLDERS for end in ("csv", "yaml"))
        files = sorted(file for files in found for file in files)
        return {str(target / file): str(file) for file in files}

    def run(self) -> None:
        """Build, then copy."""
        super().run()
        if not self.editable_mode:
            for target, source in self.packs().items():
                self.mkpath(str(Path(target).parent))
                self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return every file that building writes."""
        return [*super().get_outputs(include_bytecode), *self.packs()]

    def get_source_files(self) -> list[str]:
        """Return the files that a source distribution needs."""
        return [*super().get_source_files(), *self.packs().values()]


setup(cmdclass={"build_py": BuildWithPacks})
