"""lose.py keep|lose FOLDER KEPT: keeps what is in a folder as synchronized, or loses what was not (see unsynced.c)."""

import os
import shutil
import sys

order, folder, kept = sys.argv[1:]
changed = 0
for place, _, names in os.walk(folder):
    for name in names:
        path = os.path.join(place, name)
        copy = os.path.join(kept, str(os.stat(path).st_ino))
        if order == "keep":
            shutil.copyfile(path, copy)
            os.chmod(copy, 0o666)
            continue
        content = b""
        if os.path.exists(copy):
            with open(copy, "rb") as file:
                content = file.read()
        with open(path, "r+b") as file:
            if file.read() != content:
                changed += 1
                file.seek(0)
                file.truncate()
                file.write(content)
print(f"{changed} files lost something")
