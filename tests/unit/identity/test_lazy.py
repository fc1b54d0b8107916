"""A worker has the ports of identity and never asks them: it must not pay for passwords and signatures."""

import subprocess
import sys


def test_having_the_ports_loads_no_library_for_passwords_or_signatures() -> None:
    code = (
        "import sys\n"
        "from docmill import wiring\n"
        "from docmill.adapters.postgres.database import Database\n"
        "from docmill.settings import Settings\n"
        "wiring.identity(Settings(), Database('host=/nowhere'))\n"
        "heavy = {'argon2', 'joserfc', 'cryptography', 'httpx'} & set(sys.modules)\n"
        "sys.exit(str(sorted(heavy)) if heavy else 0)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
