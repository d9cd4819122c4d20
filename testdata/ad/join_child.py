#!/usr/bin/python3
"""Make a child domain of a running Samba forest root over loopback, without DNS, Kerberos or a
change to /etc. samba-tool no longer has the subdomain role, so DCJoinContext is driven directly.
The parent runs with `server services = ldap, rpc`; both Administrators have the same password."""
import os, argparse, logging, time, functools
import samba, ldb
import samba.join as J
from samba.param import LoadParm
from samba.credentials import Credentials, DONT_USE_KERBEROS
from samba.dcerpc import security, misc, drsuapi
p = argparse.ArgumentParser()
p.add_argument("--targetdir", required=True)
p.add_argument("--parent-ip", required=True)
p.add_argument("--parent-domain", required=True)      # NetBIOS
p.add_argument("--realm", required=True)              # child dns domain
p.add_argument("--domain", required=True)             # child NetBIOS
p.add_argument("--host", required=True)
p.add_argument("--ip", required=True)
p.add_argument("--adminpass", required=True)
p.add_argument("--parent-tree", required=True)      # parent private tree on this machine
a = p.parse_args()
logging.basicConfig(level=logging.INFO)
log = logging.getLogger("join")
samba.set_debug_level(0)
lp = LoadParm()
lp.load(os.path.join(a.targetdir, "etc", "smb.conf"))
c = Credentials()
c.guess(lp)
c.set_kerberos_state(DONT_USE_KERBEROS)
c.set_domain(a.parent_domain); c.set_username("Administrator"); c.set_password(a.adminpass)
t = time.time()
import inspect, samba.provision as P                  # fill_samdb leaves managedservice_descr unset for subdomains
_src = inspect.getsource(P.fill_samdb)
_line = "        managedservice_descr = b64encode(get_managed_service_accounts_descriptor(names.domainsid)).decode('utf8')\n"
assert _line in _src
_mark = "    # Now register this container in the root of the forest\n"
assert _mark in _src
exec(compile(_src.replace(_line, "").replace(_mark, _line[4:] + _mark), P.__file__, "exec"), P.__dict__)
J.SamDB = functools.partial(J.SamDB, flags=0)         # default FLG_DONT_CREATE_DB stops the new NC file being made
_pf = J.provision_fill
J.provision_fill = lambda *x, **k: _pf(*x, **{**k, "skip_sysvolacl": True, "dom_for_fun_level": samba.dsdb.DS_DOMAIN_FUNCTION_2008_R2})
ctx = J.DCJoinContext(log, a.parent_ip, c, lp, site="Default-First-Site-Name", netbios_name=a.host.upper(),
                      targetdir=a.targetdir, machinepass=None, dns_backend="NONE", backend_store="tdb")
ctx.dns_backend = "NONE"
ctx.subdomain = True
ctx.adminpass = a.adminpass
ctx.parent_domain_name = ctx.domain_name
ctx.domain_name = a.domain
ctx.realm = a.realm.lower()
ctx.parent_dnsdomain = ctx.dnsdomain
ctx.parent_partition_dn = ctx.get_parent_partition_dn()
ctx.dnsdomain = a.realm.lower()
ctx.partition_dn = "CN=%s,CN=Partitions,%s" % (ctx.domain_name, ctx.config_dn)
ctx.base_dn = samba.dn_from_dns_name(ctx.dnsdomain)
ctx.forestsid = ctx.domsid
ctx.domsid = security.random_sid()
ctx.acct_dn = None
ctx.topology_dn = None
ctx.rid_manager_dn = None
ctx.dnshostname = "%s.%s" % (ctx.myname.lower(), ctx.dnsdomain)
ctx.trustdom_pass = samba.generate_random_machine_password(120, 120)
ctx.userAccountControl = samba.dsdb.UF_SERVER_TRUST_ACCOUNT | samba.dsdb.UF_TRUSTED_FOR_DELEGATION
ctx.SPNs.append('E3514235-4B06-11D1-AB04-00C04FC2DCD2/$NTDSGUID/%s' % ctx.dnsdomain)
ctx.SPNs.append("ldap/%s.%s" % (ctx.myname.lower(), ctx.dnsdomain))
ctx.secure_channel_type = misc.SEC_CHAN_BDC
ctx.replica_flags |= drsuapi.DRSUAPI_DRS_WRIT_REP | drsuapi.DRSUAPI_DRS_FULL_SYNC_IN_PROGRESS
ctx.domain_replica_flags = ctx.replica_flags
ctx.cleanup_old_join = lambda force=False: None       # needs lsarpc trust queries; nothing to clean in a fresh tree
ctx.join_setup_trusts = lambda: print("skipping trust objects")

# DsAddEntry for a new NC hangs in Samba 4.17 (it tries to open the child's partition file on the
# parent), so the crossRef + nTDSDSA are written straight into the parent's sam.ldb (same machine).
import uuid
from samba.samdb import SamDB
from samba.auth import system_session
class Obj: pass
def add_entry(recs):
    plp = LoadParm(); plp.load(os.path.join(a.parent_tree, "etc", "smb.conf"))
    pdb = SamDB(url=os.path.join(a.parent_tree, "private", "sam.ldb"), lp=plp, session_info=system_session())
    ncguid = str(uuid.uuid4())
    out = []
    for r in recs:
        r = dict(r)
        for k in ("nCName", "msDS-HasDomainNCs"):
            if k in r:
                r[k] = "<GUID=%s>;<SID=%s>;%s" % (ncguid, ctx.domsid, ctx.base_dn)
        for k in ("msDS-HasMasterNCs", "HasMasterNCs"):
            if k in r:
                r[k] = ["<GUID=%s>;<SID=%s>;%s" % (ncguid, ctx.domsid, v) if v == ctx.base_dn else v for v in r[k]]
        pdb.add(r, controls=["relax:0"])
        o = Obj()
        o.guid = misc.GUID(pdb.schema_format_value("objectGUID", pdb.search(base=r["dn"], scope=ldb.SCOPE_BASE, attrs=["objectGUID"])[0]["objectGUID"][0]))
        out.append(o)
    return out
ctx.DsAddEntry = add_entry
ctx.do_join()
# Samba hides nCName when the DC does not hold that NC (one-way link to a GUID it cannot resolve); AD shows it.
# Storing it without GUID makes it visible on both sides.
def show_ncnames(tree):
    l2 = LoadParm(); l2.load(os.path.join(tree, "etc", "smb.conf"))
    db = SamDB(url=os.path.join(tree, "private", "sam.ldb"), lp=l2, session_info=system_session())
    base = "CN=Partitions," + str(db.get_config_basedn())
    plain = {str(r.dn): r for r in db.search(base=base, scope=ldb.SCOPE_ONELEVEL, expression="(objectClass=crossRef)", attrs=["nCName"])}
    for r in db.search(base=base, scope=ldb.SCOPE_ONELEVEL, expression="(objectClass=crossRef)", attrs=["nCName"], controls=["reveal_internals:0"]):
        if "nCName" in plain[str(r.dn)]:
            continue
        dn = ldb.Dn(db, r["nCName"][0].decode()).get_linearized()
        m = ldb.Message(r.dn)
        m["nCName"] = ldb.MessageElement(dn, ldb.FLAG_MOD_REPLACE, "nCName")
        db.modify(m, controls=["relax:0"])
        print("nCName made visible in", tree, dn)
show_ncnames(a.parent_tree)
show_ncnames(a.targetdir)
print("child %s joined in %.1fs" % (a.realm, time.time() - t))
