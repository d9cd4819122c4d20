#!/usr/bin/python3
"""access.py TREE ENTRY DN...: add an entry in SDDL to the access control lists of objects.
Denials come first and grants last of what stands in a list itself, as the tools of Windows put them. An entry
that begins with "D:" is a whole list, which takes the place of the old one."""
import os, sys
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
from samba.sd_utils import SDUtils
tree, entry, *dns = sys.argv[1:]
lp = LoadParm()
lp.load(os.path.join(tree, "etc", "smb.conf"))
lists = SDUtils(SamDB(url=os.path.join(tree, "private", "sam.ldb"), lp=lp, session_info=system_session()))
add = lists.dacl_prepend_aces if entry.startswith(("(D;", "(OD;")) else lists.dacl_append_aces
for dn in dns:
    if entry.startswith("D:"):
        lists.modify_sd_on_dn(dn, entry, controls=["sd_flags:1:4"])
        continue
    ignored = add(dn, entry, controls=["show_deleted:1", "sd_flags:1:4"])
    assert not any(ignored), (dn, entry, ignored)
