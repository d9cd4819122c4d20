#!/usr/bin/python3
"""kinit.py TREE KRB5_CONF CACHE ACCOUNT PASSWORD: log on with Kerberos and keep the ticket in a file."""
import os, sys
tree, conf, cache, account, password = sys.argv[1:]
os.environ["KRB5_CONFIG"] = conf
from samba.credentials import Credentials, MUST_USE_KERBEROS
from samba.param import LoadParm
lp = LoadParm()
lp.load(os.path.join(tree, "etc", "smb.conf"))
c = Credentials()
c.guess(lp)
c.set_username(account)
c.set_realm(lp.get("realm"))
c.set_password(password)
c.set_kerberos_state(MUST_USE_KERBEROS)
c.get_named_ccache(lp, "FILE:" + cache)
