#include "crash/mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REF CR_LOAD_REFERENCE

const char cr_mix_modules[] = "sssvlv deref";
const char cr_mix_above[] =
    "overlay sssvlv\nsssvlv-max 1000\nsssvlv-maxperconn 50\noverlay deref";

const struct cr_load_kind cr_mix[] = {
	/* points */
	{ "aino", { .dn = C(10001), .controls = { REF } }, 6 },
	{ "mikko", { .dn = C(10001), .controls = { REF } }, 3 },
	{ "crm", { .dn = C(10002), .attrs = "cn mail", .controls = { REF } },
	    3 },
	{ "root", { .dn = C(10006), .controls = { REF } }, 3 },
	{ "c10001", { .dn = C(10001), .controls = { REF } }, 3 },
	{ "aino",
	    { .dn = "crAssignmentNumber=A10001-1," C(10001),
		.controls = { REF } },
	    3 },
	{ "aino",
	    { .dn = CUSTOMERS,
		.scope = SUB,
		.filter = "(uid=c10003)",
		.controls = { REF } },
	    3 },
	/* listings */
	{ "aino",
	    { .dn = CUSTOMERS,
		.scope = ONE,
		.attrs = "cn",
		.controls = { REF } },
	    2 },
	{ "aino",
	    { .dn = CUSTOMERS, .scope = ONE, .size = 3, .controls = { REF } },
	    2 },
	{ "mikko",
	    { .dn = CUSTOMERS,
		.scope = SUB,
		.attrs = "1.1",
		.types_only = true,
		.seconds = 1,
		.controls = { REF } },
	    2 },
	{ "crm", { .dn = CUSTOMERS, .scope = CHILDREN, .controls = { REF } },
	    1 },
	{ "aino",
	    { .dn = CUSTOMERS,
		.scope = ONE,
		.attrs = "uid",
		.controls = { REF, { CTL_PAGED, .arg = "20" } } },
	    2 },
	{ "aino",
	    { .dn = CUSTOMERS,
		.scope = ONE,
		.attrs = "uid",
		.controls = { REF, { CTL_SORT, .arg = "cn" } } },
	    1 },
	{ "aino",
	    { .dn = CUSTOMERS,
		.scope = ONE,
		.attrs = "uid",
		.controls = { REF, { CTL_SORT, .arg = "cn" },
		    { CTL_VLV, .arg = "0 4 1 0" } } },
	    1 },
	{ "root",
	    { .dn = GROUPS,
		.scope = SUB,
		.controls = { REF, { CTL_DEREF, .arg = "member:cn,mail" } } },
	    1 },
	/* exports */
	{ "root",
	    { .dn = SUFFIX, .scope = SUB, .attrs = "* +", .controls = { REF } },
	    1 },
	{ "crm", { .dn = CUSTOMERS, .scope = SUB, .controls = { REF } }, 1 },
	/* compares */
	{ "aino",
	    { .kind = CR_COMPARE,
		.dn = C(10004),
		.attr = "uid",
		.value = "c10004",
		.controls = { REF } },
	    2 },
	{ "mikko",
	    { .kind = CR_COMPARE,
		.dn = C(10003),
		.attr = "uid",
		.value = "x",
		.controls = { REF } },
	    2 },
	/* writes that answer with the entry */
	{ "aino",
	    { .kind = CR_MODIFY,
		.dn = C(10005),
		.lines = { "=title: a" },
		.controls = { REF, { CTL_POST_READ, .arg = "*" } } },
	    1 },
	{ "root",
	    { .kind = CR_MODIFY,
		.dn = C(10007),
		.lines = { "=title: b" },
		.controls = { REF, { CTL_PRE_READ, .arg = "*" } } },
	    1 },
};
const size_t cr_mix_count = COUNT(cr_mix);

static int
by_uuid(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(((struct cr_mix_uuid *)0)->bytes));
}

static void
parse_uuid(const char *text, unsigned char *out)
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned byte = 0;

		text += *text == '-';
		cr_must(sscanf(text, "%2x", &byte) == 1);
		out[i] = (unsigned char)byte;
		text += 2;
	}
}

struct cr_mix_uuids
cr_mix_uuids_of(const struct cr_server *server)
{
	struct cr_text ldif =
	    cr_text_of_file(cr_keep_text("%s/data.ldif", server->dir));
	struct cr_mix_uuids found = { 0 };
	size_t room = 0;
	const char *at;

	for (at = ldif.bytes; (at = strstr(at, "\nentryUUID: ")) != NULL; at++)
		room++;
	found.uuids = cr_keep((room + 1) * sizeof(*found.uuids));
	for (at = ldif.bytes; (at = strstr(at, "dn: ")) != NULL; at++) {
		const char *end = strchrnul(at, '\n');
		const char *next = strstr(at, "\n\n");
		const char *uuid = strstr(at, "\nentryUUID: ");
		unsigned customer =
		    cr_load_customer(at + 4, (size_t)(end - at) - 4);

		if (strncmp(at, "dn: uid=c", 9) != 0 || customer == 0 ||
		    uuid == NULL || (next != NULL && uuid > next))
			continue;
		parse_uuid(uuid + 12, found.uuids[found.count].bytes);
		found.uuids[found.count++].customer = customer;
	}
	cr_must(found.count > 0);
	qsort(found.uuids, found.count, sizeof(*found.uuids), by_uuid);
	return found;
}

unsigned
cr_mix_customer(const struct cr_mix_uuids *uuids, const unsigned char *uuid)
{
	const struct cr_mix_uuid *found = bsearch(uuid, uuids->uuids,
	    uuids->count, sizeof(*uuids->uuids), by_uuid);

	return found == NULL ? 0 : found->customer;
}
