/*
 * The settings, for slapd.conf and cn=config (contract section 3).  Each can
 * be changed live: the new settings are tried as a whole, and put back if
 * they cannot be taken into force.
 */
#include "compaction.h"

enum setting {
	SET_CUSTOMERS = 1,
	SET_HANDLERS,
	SET_REPLICA,
	SET_PURPOSES,
	SET_RECIPIENTS,
	SET_ANONYMOUS,
	SET_YEAR_END,
	SET_SUPPRESSION_KEY,
	SET_COMPACT_WITHIN,
	SET_LOG			/* and a cr_log_setting */
};

static ConfigDriver set_dns;
static ConfigDriver set_dn;
static ConfigDriver set_text;

static ConfigTable config_table[] = {
	{ "custreg-customers", "dn", 2, 2, 0,
		ARG_DN | ARG_QUOTE | ARG_MAGIC | SET_CUSTOMERS, set_dns,
		"( " CR_OID_CF_CUSTOMERS " NAME 'olcCrCustomers' "
		"DESC 'Subtree of customers to guard' "
		"EQUALITY distinguishedNameMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )", NULL, { 0 } },
	{ "custreg-handlers", "dn", 2, 2, 0,
		ARG_DN | ARG_QUOTE | ARG_MAGIC | SET_HANDLERS, set_dns,
		"( " CR_OID_CF_HANDLERS " NAME 'olcCrHandlers' "
		"DESC 'Subtree of handlers and services' "
		"EQUALITY distinguishedNameMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )", NULL, { 0 } },
	{ "custreg-purposes", "dn", 2, 2, 0,
		ARG_DN | ARG_QUOTE | ARG_MAGIC | SET_PURPOSES, set_dn,
		"( " CR_OID_CF_PURPOSES " NAME 'olcCrPurposes' "
		"DESC 'Subtree of purposes' "
		"EQUALITY distinguishedNameMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-recipients", "dn", 2, 2, 0,
		ARG_DN | ARG_QUOTE | ARG_MAGIC | SET_RECIPIENTS, set_dn,
		"( " CR_OID_CF_RECIPIENTS " NAME 'olcCrRecipients' "
		"DESC 'Subtree of recipients' "
		"EQUALITY distinguishedNameMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-replica", "dn", 2, 2, 0,
		ARG_DN | ARG_QUOTE | ARG_MAGIC | SET_REPLICA, set_dns,
		"( " CR_OID_CF_REPLICA " NAME 'olcCrReplica' "
		"DESC 'Identity of a replica: sees and synchronises all' "
		"EQUALITY distinguishedNameMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.12 )", NULL, { 0 } },
	{ "custreg-anonymouspurpose", "purpose", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | SET_ANONYMOUS, set_text,
		"( " CR_OID_CF_ANONYMOUS_PURPOSE " NAME 'olcCrAnonymousPurpose' "
		"DESC 'Purpose of readers who have not authenticated' "
		"EQUALITY caseIgnoreMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-financialyearend", "MM-DD", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | SET_YEAR_END, set_text,
		"( " CR_OID_CF_FINANCIAL_YEAR_END " NAME 'olcCrFinancialYearEnd' "
		"DESC 'Last day of the financial year' EQUALITY caseExactMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-suppressionkey", "path", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | SET_SUPPRESSION_KEY, set_text,
		"( " CR_OID_CF_SUPPRESSION_KEY " NAME 'olcCrSuppressionKey' "
		"DESC 'File of the key of suppressions' EQUALITY caseExactMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-compactwithin", "days", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | SET_COMPACT_WITHIN, set_text,
		"( " CR_OID_CF_COMPACT_WITHIN " NAME 'olcCrCompactWithin' "
		"DESC 'Days in which freed pages are to be compacted' EQUALITY integerMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logdirectory", "path", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_DIRECTORY), set_text,
		"( " CR_OID_CF_LOG_DIRECTORY " NAME 'olcCrLogDirectory' "
		"DESC 'Directory of the read log' EQUALITY caseExactMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logdurability", "fsync|flush", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_DURABILITY), set_text,
		"( " CR_OID_CF_LOG_DURABILITY " NAME 'olcCrLogDurability' "
		"DESC 'When a record counts as written' EQUALITY caseIgnoreMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logbarrier", "on|off", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_BARRIER), set_text,
		"( " CR_OID_CF_LOG_BARRIER " NAME 'olcCrLogBarrier' "
		"DESC 'Hold answers instead of waiting for each record' EQUALITY caseIgnoreMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logorigin", "name", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_ORIGIN), set_text,
		"( " CR_OID_CF_LOG_ORIGIN " NAME 'olcCrLogOrigin' "
		"DESC 'Name of the read log in its checkpoints' EQUALITY caseExactMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logkey", "path", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_KEY), set_text,
		"( " CR_OID_CF_LOG_KEY " NAME 'olcCrLogKey' "
		"DESC 'File of the key that signs checkpoints' EQUALITY caseExactMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.15 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logwait", "seconds", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_WAIT), set_text,
		"( " CR_OID_CF_LOG_WAIT " NAME 'olcCrLogWait' "
		"DESC 'Longest wait for the disk of the read log' EQUALITY integerMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-loginterval", "ms", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_INTERVAL), set_text,
		"( " CR_OID_CF_LOG_INTERVAL " NAME 'olcCrLogInterval' "
		"DESC 'Longest time between checkpoints' EQUALITY integerMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logretention", "days", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_RETENTION), set_text,
		"( " CR_OID_CF_LOG_RETENTION " NAME 'olcCrLogRetention' "
		"DESC 'Age at which records are pruned' EQUALITY integerMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logreserve", "MiB", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_RESERVE), set_text,
		"( " CR_OID_CF_LOG_RESERVE " NAME 'olcCrLogReserve' "
		"DESC 'Disk space kept for oversight' EQUALITY integerMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
		NULL, { 0 } },
	{ "custreg-logwarning", "MiB", 2, 2, 0,
		ARG_STRING | ARG_MAGIC | (SET_LOG + CR_LOG_SET_WARN), set_text,
		"( " CR_OID_CF_LOG_WARNING " NAME 'olcCrLogWarning' "
		"DESC 'Free disk space that is warned of' EQUALITY integerMatch "
		"SYNTAX 1.3.6.1.4.1.1466.115.121.1.27 SINGLE-VALUE )",
		NULL, { 0 } },
	{ NULL, NULL, 0, 0, 0, ARG_IGNORED, NULL, NULL, NULL, { 0 } }
};

ConfigOCs cr_config_classes[] = {
	{
		.co_def = "( " CR_OID_CF_OC_CUSTREG " NAME 'olcCustregConfig' "
		    "DESC 'Customer register' SUP olcOverlayConfig "
		    "MAY ( olcCrCustomers $ olcCrHandlers $ olcCrPurposes $ "
		    "olcCrRecipients $ olcCrReplica $ olcCrAnonymousPurpose $ "
		    "olcCrFinancialYearEnd $ olcCrSuppressionKey $ "
		    "olcCrCompactWithin $ olcCrLogDirectory $ olcCrLogDurability $ olcCrLogBarrier $ "
		    "olcCrLogOrigin $ olcCrLogKey $ olcCrLogWait $ "
		    "olcCrLogInterval $ olcCrLogRetention $ olcCrLogReserve $ "
		    "olcCrLogWarning ) )",
		.co_type = Cft_Overlay,
		.co_table = config_table
	},
	{ .co_def = NULL }
};

int
cr_config_register(void)
{
	return config_register_schema(config_table, cr_config_classes);
}

static struct cr_db *
db_of(const ConfigArgs *c)
{
	return ((slap_overinst *)c->bi)->on_bi.bi_private;
}

static int
apply(struct cr_db *db, ConfigArgs *c)
{
	if (!db->running)
		return 0;
	if (cr_db_activate(db, &c->reply) == 0)
		return 0;
	Debug(LDAP_DEBUG_ANY, "%s: %s\n", c->log, c->cr_msg);
	return 1;
}

/* Back to what was in force before; that worked once. */
static int
put_back(struct cr_db *db, ConfigArgs *c)
{
	ConfigReply ignored = { 0 };

	(void)c;
	if (db->running)
		(void)cr_db_activate(db, &ignored);
	return 1;
}

static void
lists_of(struct cr_db *db, int which, BerVarray **ret_ndns,
	BerVarray **ret_dns)
{
	switch (which) {
	case SET_CUSTOMERS:
		*ret_ndns = &db->customers;
		*ret_dns = &db->customers_pretty;
		break;
	case SET_HANDLERS:
		*ret_ndns = &db->handlers;
		*ret_dns = &db->handlers_pretty;
		break;
	default:
		*ret_ndns = &db->replicas;
		*ret_dns = &db->replicas_pretty;
		break;
	}
}

static int
delete_dns(struct cr_db *db, ConfigArgs *c, BerVarray *ndns, BerVarray *dns)
{
	BerVarray old_ndns = NULL, old_dns = NULL;

	if (*ndns != NULL) {
		ber_bvarray_dup_x(&old_ndns, *ndns, NULL);
		ber_bvarray_dup_x(&old_dns, *dns, NULL);
	}
	if (c->valx < 0) {
		ber_bvarray_free(*ndns);
		ber_bvarray_free(*dns);
		*ndns = *dns = NULL;
	} else {
		int i = c->valx;

		ch_free((*ndns)[i].bv_val);
		ch_free((*dns)[i].bv_val);
		do {
			(*ndns)[i] = (*ndns)[i + 1];
			(*dns)[i] = (*dns)[i + 1];
		} while (!BER_BVISNULL(&(*ndns)[i++]));
		if (BER_BVISNULL(&(*ndns)[0])) {
			ber_bvarray_free(*ndns);
			ber_bvarray_free(*dns);
			*ndns = *dns = NULL;
		}
	}
	if (apply(db, c) != 0) {
		ber_bvarray_free(*ndns);
		ber_bvarray_free(*dns);
		*ndns = old_ndns;
		*dns = old_dns;
		return put_back(db, c);
	}
	ber_bvarray_free(old_ndns);
	ber_bvarray_free(old_dns);
	return 0;
}

static int
outside_suffix(const struct cr_db *db, ConfigArgs *c)
{
	if (db->be->be_nsuffix != NULL &&
	    !BER_BVISNULL(&db->be->be_nsuffix[0]) &&
	    be_issubordinate(db->be, &c->value_ndn) &&
	    !be_issuffix(db->be, &c->value_ndn))
		return 0;
	snprintf(c->cr_msg, sizeof(c->cr_msg), "custreg: \"%s\" does not lie "
		"below the suffix of this database", c->value_dn.bv_val);
	Debug(LDAP_DEBUG_ANY, "%s: %s\n", c->log, c->cr_msg);
	return 1;
}

static void
free_value(ConfigArgs *c)
{
	ch_free(c->value_ndn.bv_val);
	ch_free(c->value_dn.bv_val);
	BER_BVZERO(&c->value_ndn);
	BER_BVZERO(&c->value_dn);
}

/* Appends and takes out the last again when it does not work. */
static int
add_dn(struct cr_db *db, ConfigArgs *c, BerVarray *ndns, BerVarray *dns)
{
	int n = 0;

	if (c->type != SET_REPLICA && outside_suffix(db, c)) {
		free_value(c);
		return 1;
	}
	ber_bvarray_add(ndns, &c->value_ndn);
	ber_bvarray_add(dns, &c->value_dn);
	if (apply(db, c) == 0)
		return 0;
	while (!BER_BVISNULL(&(*ndns)[n]))
		n++;
	ch_free((*ndns)[n - 1].bv_val);
	ch_free((*dns)[n - 1].bv_val);
	BER_BVZERO(&(*ndns)[n - 1]);
	BER_BVZERO(&(*dns)[n - 1]);
	if (n == 1) {
		ch_free(*ndns);
		ch_free(*dns);
		*ndns = *dns = NULL;
	}
	return put_back(db, c);
}

static int
set_dns(ConfigArgs *c)
{
	struct cr_db *db = db_of(c);
	BerVarray *ndns, *dns;

	lists_of(db, c->type, &ndns, &dns);
	switch (c->op) {
	case SLAP_CONFIG_EMIT:
		if (*dns == NULL)
			return 1;
		value_add(&c->rvalue_vals, *dns);
		value_add(&c->rvalue_nvals, *ndns);
		return 0;
	case LDAP_MOD_DELETE:
		/* slapd deletes before it replaces, also what is not set */
		return *ndns == NULL ? 0 : delete_dns(db, c, ndns, dns);
	default:
		return add_dn(db, c, ndns, dns);
	}
}

static int
set_dn(ConfigArgs *c)
{
	struct cr_db *db = db_of(c);
	bool purposes = c->type == SET_PURPOSES;
	struct berval *ndn = purposes ? &db->purposes : &db->recipients;
	struct berval *dn = purposes ? &db->purposes_pretty :
	    &db->recipients_pretty;
	struct berval old_ndn = *ndn, old_dn = *dn;

	if (c->op == SLAP_CONFIG_EMIT) {
		if (BER_BVISNULL(dn))
			return 1;
		value_add_one(&c->rvalue_vals, dn);
		value_add_one(&c->rvalue_nvals, ndn);
		return 0;
	}
	if (c->op == LDAP_MOD_DELETE) {
		BER_BVZERO(ndn);
		BER_BVZERO(dn);
	} else {
		if (outside_suffix(db, c)) {
			free_value(c);
			return 1;
		}
		*ndn = c->value_ndn;
		*dn = c->value_dn;
	}
	if (apply(db, c) != 0) {
		if (c->op != LDAP_MOD_DELETE)
			free_value(c);
		*ndn = old_ndn;
		*dn = old_dn;
		return put_back(db, c);
	}
	ch_free(old_ndn.bv_val);
	ch_free(old_dn.bv_val);
	return 0;
}

static int
check_text(const ConfigArgs *c, char *msg, size_t size)
{
	const char *complaint = NULL;
	struct cr_year_end year_end;

	if (c->type == SET_YEAR_END) {
		if (cr_year_end_parse(cr_slice_of(c->value_string),
		    &year_end) != CR_OK)
			complaint = "the end of the financial year is a day, "
			    "MM-DD";
	} else if (c->type == SET_SUPPRESSION_KEY) {
		if (c->value_string[0] != '/')
			complaint = "the suppression key must be an absolute "
			    "path";
	} else if (c->type == SET_COMPACT_WITHIN) {
		if (cr_compaction_days(c->value_string) == 0)
			complaint = "a compaction is due within 1 to 3650 "
			    "days";
	} else if (c->type >= SET_LOG) {
		complaint = cr_log_setting_check((enum cr_log_setting)
		    (c->type - SET_LOG), c->value_string);
	}
	if (complaint == NULL)
		return 0;
	snprintf(msg, size, "custreg: %s", complaint);
	return 1;
}

/* ber_str2bv() leaves its result as it was when there is no text. */
static void
set_anonymous(struct cr_db *db, char *text)
{
	db->anonymous_purpose.bv_val = text;
	db->anonymous_purpose.bv_len = text != NULL ? strlen(text) : 0;
}

/* NULL: the anonymous purpose, which is no plain text. */
static char **
text_setting(struct cr_db *db, int type)
{
	switch (type) {
	case SET_ANONYMOUS:
		return NULL;
	case SET_YEAR_END:
		return &db->year_end_text;
	case SET_SUPPRESSION_KEY:
		return &db->suppression_text;
	case SET_COMPACT_WITHIN:
		return &db->compact_text;
	default:
		return &db->log_texts[type - SET_LOG];
	}
}

/* The anonymous purpose, a text of this database, or of the read log. */
static int
set_text(ConfigArgs *c)
{
	struct cr_db *db = db_of(c);
	bool anonymous = c->type == SET_ANONYMOUS;
	char **setting = text_setting(db, c->type);
	char *old = anonymous ? db->anonymous_purpose.bv_val : *setting;
	char *fresh = NULL;

	if (c->op == SLAP_CONFIG_EMIT) {
		if (old == NULL)
			return 1;
		c->value_string = ch_strdup(old);
		return 0;
	}
	if (c->op != LDAP_MOD_DELETE) {
		if (check_text(c, c->cr_msg, sizeof(c->cr_msg))) {
			Debug(LDAP_DEBUG_ANY, "%s: %s\n", c->log, c->cr_msg);
			ch_free(c->value_string);
			return 1;
		}
		fresh = c->value_string;
	}
	if (anonymous)
		set_anonymous(db, fresh);
	else
		*setting = fresh;
	if (apply(db, c) != 0) {
		if (anonymous)
			set_anonymous(db, old);
		else
			*setting = old;
		ch_free(fresh);
		return put_back(db, c);
	}
	ch_free(old);
	return 0;
}
