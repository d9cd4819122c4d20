#!/usr/bin/python3
"""link.py TREE GROUP OTHER_TREE MEMBER...: make objects of another domain of the forest members of a group.
Active Directory finds it in the global catalogue, which Samba does not fill here."""
import os, sys
import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB
def directory(tree):
    lp = LoadParm()
    lp.load(os.path.join(tree, "etc", "smb.conf"))
    return SamDB(url=os.path.join(tree, "private", "sam.ldb"), lp=lp, session_info=system_session())
tree, group, other, *members = sys.argv[1:]
db, abroad = directory(tree), directory(other)
change = ldb.Message(ldb.Dn(db, group))
found = [abroad.search(base=dn, scope=ldb.SCOPE_BASE, attrs=["dn"], controls=["extended_dn:1:1"])[0].dn for dn in members]
change["member"] = ldb.MessageElement([dn.extended_str() for dn in found], ldb.FLAG_MOD_ADD, "member")
db.modify(change, controls=["relax:0"])
