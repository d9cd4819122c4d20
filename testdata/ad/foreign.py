#!/usr/bin/python3
"""foreign.py TREE SID...: make the foreign security principals that stand for the SIDs.
A domain with a child whose trust objects are missing does not make them by itself."""
import os, sys
import ldb
from samba.auth import system_session
from samba.ndr import ndr_pack
from samba.dcerpc import security
from samba.param import LoadParm
from samba.samdb import SamDB
tree, *sids = sys.argv[1:]
lp = LoadParm()
lp.load(os.path.join(tree, "etc", "smb.conf"))
db = SamDB(url=os.path.join(tree, "private", "sam.ldb"), lp=lp, session_info=system_session())
for sid in sids:
    dn = "CN=%s,CN=ForeignSecurityPrincipals,%s" % (sid, db.domain_dn())
    try:
        db.add({"dn": dn, "objectClass": "foreignSecurityPrincipal", "objectSid": ndr_pack(security.dom_sid(sid))}, controls=["provision:0"])
    except ldb.LdbError as e:
        if e.args[0] != ldb.ERR_ENTRY_ALREADY_EXISTS:
            raise
