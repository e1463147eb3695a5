/*
 * The backend of the read log: settings, life, and all that it refuses.  It
 * holds nothing itself: the log belongs to the register's database.
 */
#include "readlog.h"

enum setting {
	SET_REGISTER = 1,
	SET_SHOW_READERS
};

static ConfigDriver set_register;
static ConfigDriver set_show_readers;

static ConfigTable config_table[] = {
	{ "custreg-logregister", "dn", 2, 2, 0,
		ARG_DN | ARG_QUOTE | ARG_MAGIC | SET_REGISTER, set_register,
		"( " CR_OID_CF_LOG_REGISTER " NAME 'olcCrLogRegister' "
		"DESC 'Suffix of the register whose read log this is' "
		"EQUALITY distinguishedNameMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logshowreaders", "on|off", 2, 2, 0,
		ARG_ON_OFF | ARG_MAGIC | SET_SHOW_READERS, set_show_readers,
		"( " CR_OID_CF_LOG_SHOW_READERS " NAME 'olcCrLogShowReaders' "
		"DESC 'Tell customers who read them' EQUALITY booleanMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.7 SINGLE-VALUE )",
		NULL, { 0 } },
	{ NULL, NULL, 0, 0, 0, ARG_IGNORED, NULL, NULL, NULL, { 0 } }
};

static ConfigOCs config_classes[] = {
	{
		.co_def = "( " CR_OID_CF_OC_LOG " NAME 'olcCustregLogConfig' "
		    "DESC 'Read log of a customer register' "
		    "SUP olcDatabaseConfig "
		    "MAY ( olcCrLogRegister $ olcCrLogShowReaders ) )",
		.co_type = Cft_Database,
		.co_table = config_table
	},
	{ .co_def = NULL }
};

static struct cr_readlog *
readlog_of(const ConfigArgs *c)
{
	return c->be->be_private;
}

static int
set_register(ConfigArgs *c)
{
	struct cr_readlog *readlog = readlog_of(c);

	if (c->op == SLAP_CONFIG_EMIT) {
		if (BER_BVISNULL(&readlog->register_dn))
			return 1;
		value_add_one(&c->rvalue_vals, &readlog->register_dn);
		value_add_one(&c->rvalue_nvals, &readlog->register_ndn);
		return 0;
	}
	ch_free(readlog->register_dn.bv_val);
	ch_free(readlog->register_ndn.bv_val);
	BER_BVZERO(&readlog->register_dn);
	BER_BVZERO(&readlog->register_ndn);
	if (c->op == LDAP_MOD_DELETE)
		return 0;
	readlog->register_dn = c->value_dn;
	readlog->register_ndn = c->value_ndn;
	return 0;
}

static int
set_show_readers(ConfigArgs *c)
{
	struct cr_readlog *readlog = readlog_of(c);

	if (c->op == SLAP_CONFIG_EMIT) {
		c->value_int = readlog->show_readers;
		return readlog->show_readers ? 0 : 1;
	}
	readlog->show_readers = c->op != LDAP_MOD_DELETE && c->value_int != 0;
	return 0;
}

static int
db_init(BackendDB *be, ConfigReply *cr)
{
	(void)cr;
	be->be_private = ch_calloc(1, sizeof(struct cr_readlog));
	be->be_cf_ocs = be->bd_info->bi_cf_ocs;
	/* nothing is ever written, so there are no times to keep */
	SLAP_DBFLAGS(be) |= SLAP_DBFLAG_NOLASTMOD;
	return 0;
}

static int
db_open(BackendDB *be, ConfigReply *cr)
{
	if (be->be_nsuffix == NULL || BER_BVISNULL(&be->be_nsuffix[0]) ||
	    BER_BVISEMPTY(&be->be_nsuffix[0]) ||
	    !BER_BVISNULL(&be->be_nsuffix[1])) {
		snprintf(cr->msg, sizeof(cr->msg), "custreglog: needs one "
			"suffix, as cn=readlog");
		Debug(LDAP_DEBUG_ANY, "%s\n", cr->msg);
		return -1;
	}
	return 0;
}

static int
db_destroy(BackendDB *be, ConfigReply *cr)
{
	struct cr_readlog *readlog = be->be_private;

	(void)cr;
	if (readlog == NULL)
		return 0;
	ch_free(readlog->register_dn.bv_val);
	ch_free(readlog->register_ndn.bv_val);
	ch_free(readlog);
	be->be_private = NULL;
	return 0;
}

/* Nobody writes here, not even root. */
static int
refuse_write(Operation *op, SlapReply *rs)
{
	rs->sr_matched = NULL;
	send_ldap_error(op, rs, LDAP_UNWILLING_TO_PERFORM,
		"the read log is written by the register alone");
	return rs->sr_err;
}

static int
operational(Operation *op, SlapReply *rs)
{
	Attribute **tail = &rs->sr_operational_attrs;
	bool is_suffix = dn_match(&rs->sr_entry->e_nname,
		&op->o_bd->be_nsuffix[0]);

	if (!SLAP_OPATTRS(rs->sr_attr_flags) &&
	    !ad_inlist(slap_schema.si_ad_hasSubordinates, rs->sr_attrs))
		return 0;
	while (*tail != NULL)
		tail = &(*tail)->a_next;
	*tail = slap_operational_hasSubordinate(is_suffix);
	return 0;
}

static int
initialise(BackendInfo *bi)
{
	/* purpose and recipient are of reads of customers: 12 when critical */
	static char *controls[] = {
		(char *)(uintptr_t)CR_OID_REFERENCE_CONTROL,
		(char *)(uintptr_t)LDAP_CONTROL_ASSERT,
		(char *)(uintptr_t)LDAP_CONTROL_MANAGEDSAIT,
		(char *)(uintptr_t)LDAP_CONTROL_PAGEDRESULTS,
		(char *)(uintptr_t)LDAP_CONTROL_VALUESRETURNFILTER,
		(char *)(uintptr_t)LDAP_CONTROL_X_DOMAIN_SCOPE,
		NULL
	};

	bi->bi_controls = controls;
	bi->bi_db_init = db_init;
	bi->bi_db_open = db_open;
	bi->bi_db_destroy = db_destroy;
	bi->bi_op_search = cr_readlog_search;
	bi->bi_op_compare = cr_readlog_compare;
	bi->bi_op_modify = refuse_write;
	bi->bi_op_modrdn = refuse_write;
	bi->bi_op_add = refuse_write;
	bi->bi_op_delete = refuse_write;
	bi->bi_operational = operational;
	bi->bi_cf_ocs = config_classes;
	return config_register_schema(config_table, config_classes);
}

int
cr_readlog_register(void)
{
	static BackendInfo info = {
		.bi_type = "custreglog",
		.bi_init = initialise
	};

	if (cr_readlog_schema_resolve() != 0 || cr_monitor_resolve() != 0) {
		Debug(LDAP_DEBUG_ANY, "custreglog: schema incomplete\n");
		return -1;
	}
	return backend_add(&info);
}
