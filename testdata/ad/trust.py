#!/usr/bin/python3
"""trust.py TREE NAME: make the account of a trust with another domain, which LDAP does not allow."""
import os, sys
from samba.auth import system_session
from samba.dsdb import DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID, DSDB_CONTROL_PERMIT_INTERDOMAIN_TRUST_UAC_OID
from samba.param import LoadParm
from samba.samdb import SamDB
tree, name = sys.argv[1:]
lp = LoadParm()
lp.load(os.path.join(tree, "etc", "smb.conf"))
db = SamDB(url=os.path.join(tree, "private", "sam.ldb"), lp=lp, session_info=system_session())
db.add({"dn": "CN=%s$,CN=Users,%s" % (name, db.domain_dn()), "objectClass": "user",
        "sAMAccountName": name + "$", "userAccountControl": "2080"}, controls=["local_oid:%s:0" % control for control in (DSDB_CONTROL_PERMIT_INTERDOMAIN_TRUST_UAC_OID, DSDB_CONTROL_BYPASS_PASSWORD_HASH_OID)])
