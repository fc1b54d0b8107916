"""schemathesis over a whole OpenAPI file, as a process of its own: what it found, in words."""

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path

# What an answer must be. That nonsense is refused and that sense is accepted is not among them: the description
# cannot say all that a body must be, such as a type whose fields fit together.
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "ignored_auth",
)
_FINDING = re.compile(r"^- ST\d+ (.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Fuzzed:
    exit_code: int
    said: str

    @property
    def findings(self) -> list[str]:
        """One line for each thing that was found, such as `Server error`."""
        return sorted(set(_FINDING.findall(self.said)))


async def fuzz(
    url: str,
    key: str,
    *,
    examples: int,
    phases: str = "examples,coverage,fuzzing,stateful",
    seed: int = 1,
    time_s: int | None = None,
) -> Fuzzed:
    """Bounded by ``examples`` for each operation, and by the time if one is given."""
    program = Path(sys.executable).parent / "schemathesis"
    command = [
        str(program), "run", f"{url}/openapi.json",
        "--header", f"Authorization: Bearer {key}",
        "--checks", ",".join(CHECKS),
        "--phases", phases,
        "--max-examples", str(examples),
        "--seed", str(seed),
        "--workers", "2",
        "--request-timeout", "30",
        "--exclude-path", "/v1/events",  # a stream does not end
        "--suppress-health-check", "all",
        "--warnings", "off",
        "--continue-on-failure",
        "--no-color",
    ]  # fmt: skip
    if time_s is not None:
        command += ["--max-time", str(time_s)]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd="/"
    )
    out, _ = await process.communicate()
    return Fuzzed(process.returncode or 0, out.decode(errors="replace"))
