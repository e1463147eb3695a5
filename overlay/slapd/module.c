/*
 * Loading: refuses a slapd it was not built for, registers schema, controls
 * and the two halves.
 */
#include "barrier.h"
#include "erase.h"
#include "readlog.h"

#ifndef CR_SLAPD_PACKAGE
#error "CR_SLAPD_PACKAGE: the slapd package version the headers came from"
#endif

__attribute__((visibility("default")))
int init_module(int argc, char *argv[]);

slap_overinst cr_database_half;
slap_overinst cr_frontend_half;
struct cr_token_key *cr_token_key;

/*
 * Versionstr reads "... slapd 2.5.13+dfsg-5 (date) ...".  The upstream part
 * must be the one whose structs this was compiled with; the rest may differ,
 * so that a security update of the package does not stop the directory.
 */
static int
check_version(void)
{
	const char *found = strstr(Versionstr, "slapd ");
	int major = 0, minor = 0, patch = 0;
	size_t full;

	if (found == NULL ||
	    sscanf(found + 6, "%d.%d.%d", &major, &minor, &patch) != 3 ||
	    major != LDAP_VENDOR_VERSION_MAJOR ||
	    minor != LDAP_VENDOR_VERSION_MINOR ||
	    patch != LDAP_VENDOR_VERSION_PATCH) {
		Debug(LDAP_DEBUG_ANY, "custreg: found slapd %d.%d.%d, wants "
			"%s: build the module for this slapd\n",
			major, minor, patch, CR_SLAPD_PACKAGE);
		return -1;
	}
	found += 6;
	full = strcspn(found, " (");
	if (full != strlen(CR_SLAPD_PACKAGE) ||
	    strncmp(found, CR_SLAPD_PACKAGE, full) != 0) {
		Debug(LDAP_DEBUG_ANY, "custreg: warning: slapd %.*s, built for "
			"%s (same upstream version: goes on)\n",
			(int)full, found, CR_SLAPD_PACKAGE);
	}
	return 0;
}

/*
 * No ABI is promised to modules.  connection_fake_init2() clears exactly one
 * OperationBuffer and sets pointers of a Connection: where it stops and where
 * they land tells whether slapd's structs are the ones compiled here.
 */
static int
check_layout(void)
{
	enum { FILL = 0xA5, ROOM = 512 };
	size_t op_size = sizeof(OperationBuffer) + ROOM;
	size_t conn_size = sizeof(Connection) + ROOM;
	unsigned char *opbuf = ch_malloc(op_size);
	Connection *conn = ch_malloc(conn_size);
	Operation *op = (Operation *)opbuf;
	size_t cleared = op_size;
	int rc = -1;

	memset(opbuf, FILL, op_size);
	memset(conn, 0, conn_size);
	connection_fake_init2(conn, (OperationBuffer *)opbuf,
		ldap_pvt_thread_pool_context(), 0);
	while (cleared > 0 && opbuf[cleared - 1] == FILL)
		cleared--;
	if (cleared != sizeof(OperationBuffer)) {
		Debug(LDAP_DEBUG_ANY, "custreg: slapd's operation has %zu bytes, "
			"built for %zu; wants a slapd configured as %s is\n",
			cleared, sizeof(OperationBuffer), CR_SLAPD_PACKAGE);
	} else if (op->o_hdr != &((OperationBuffer *)opbuf)->ob_hdr ||
	    op->o_controls != ((OperationBuffer *)opbuf)->ob_controls ||
	    op->o_conn != conn ||
	    conn->c_send_ldap_result != slap_send_ldap_result ||
	    conn->c_send_search_entry != slap_send_search_entry ||
	    conn->c_conn_idx != -1 ||
	    frontendDB == NULL || frontendDB->bd_self != frontendDB ||
	    frontendDB->bd_info == NULL ||
	    strcmp(frontendDB->bd_info->bi_type, "frontend") != 0) {
		/* an overlay on the frontend changes its type to "over" */
		if (frontendDB != NULL && frontendDB->bd_info != NULL &&
		    frontendDB->bd_self == frontendDB &&
		    op->o_conn == conn &&
		    strcmp(frontendDB->bd_info->bi_type, "over") == 0)
			rc = 0;
		else
			Debug(LDAP_DEBUG_ANY, "custreg: the layout of slapd's "
				"structs is not the one built for (%s)\n",
				CR_SLAPD_PACKAGE);
	} else {
		rc = 0;
	}
	ch_free(conn);
	ch_free(opbuf);
	return rc;
}

/* When slapd unloads its modules, at its end. */
static __attribute__((destructor)) void
forget_key(void)
{
	cr_release_stop();
	cr_token_key_free(&cr_token_key);
}

static int
register_halves(void)
{
	BackendInfo *db = &cr_database_half.on_bi;
	BackendInfo *fe = &cr_frontend_half.on_bi;
	int rc;

	db->bi_type = "custreg";
	db->bi_flags = SLAPO_BFLAG_SINGLE | SLAPO_BFLAG_DBONLY;
	db->bi_cf_ocs = cr_config_classes;
	db->bi_db_init = cr_db_init;
	db->bi_db_open = cr_db_open;
	db->bi_db_close = cr_db_close;
	db->bi_db_destroy = cr_db_destroy;
	db->bi_access_allowed = cr_access_allowed;
	db->bi_op_search = cr_db_search;
	db->bi_op_compare = cr_db_compare;
	db->bi_op_add = cr_db_add;
	db->bi_op_modify = cr_db_modify;
	db->bi_op_delete = cr_db_delete;
	db->bi_op_modrdn = cr_db_modrdn;
	db->bi_entry_get_rw = cr_db_entry_get;
	db->bi_operational = cr_db_operational;
	db->bi_connection_destroy = cr_connection_destroy;

	fe->bi_type = "custreg-frontend";
	fe->bi_flags = SLAPO_BFLAG_SINGLE | SLAPO_BFLAG_GLOBONLY;
	fe->bi_access_allowed = cr_access_allowed;
	fe->bi_op_bind = cr_fe_bind;
	fe->bi_op_search = cr_fe_search;
	fe->bi_op_compare = cr_fe_compare;
	fe->bi_op_add = cr_fe_add;
	fe->bi_op_modify = cr_fe_modify;
	fe->bi_op_delete = cr_fe_delete;
	fe->bi_op_modrdn = cr_fe_modrdn;
	fe->bi_extended = cr_fe_extended;

	if ((rc = overlay_register(&cr_frontend_half)) != 0)
		return rc;
	return overlay_register(&cr_database_half);
}

/* Installed once; being last configured it is the first to see a request. */
int
cr_frontend_install(ConfigReply *cr)
{
	const char *type = cr_frontend_half.on_bi.bi_type;
	slap_overinfo *info;

	if (!overlay_is_over(frontendDB) ||
	    !overlay_is_inst(frontendDB, type)) {
		int rc = overlay_config(frontendDB, type, -1, NULL, cr);

		if (rc != 0)
			return rc;
	}
	info = frontendDB->bd_info->bi_private;
	for (slap_overinst *on = info->oi_list; on; on = on->on_next) {
		if (strcmp(on->on_bi.bi_type, type) == 0)
			cr_access_install(on);
	}
	return 0;
}

int
init_module(int argc, char *argv[])
{
	(void)argv;
	if (argc > 0) {
		Debug(LDAP_DEBUG_ANY, "custreg: moduleload takes no "
			"arguments\n");
		return -1;
	}
	if (check_version() != 0 || check_layout() != 0)
		return -1;
	if (cr_schema_register() != 0 || cr_schema_resolve() != 0)
		return -1;
	if (cr_token_key_new(&cr_token_key) != CR_OK) {
		Debug(LDAP_DEBUG_ANY, "custreg: no random key to be had\n");
		return -1;
	}
	if (cr_controls_register() != 0 || cr_config_register() != 0 ||
	    cr_readlog_register() != 0 || cr_erase_register() != 0)
		return -1;
	return register_halves() == 0 ? 0 : -1;
}
